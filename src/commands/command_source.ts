/** One command message as the bus delivered it. Everything in it is hostile until checked. */
export interface CommandDelivery {
  readonly body: Uint8Array;
  /** A header's first value, or `null`. */
  readonly header: (name: string) => string | null;
  /** Sends an answer to the message's reply subject; `null` when it has none. Must not throw. */
  readonly reply: ((body: Uint8Array, headers?: Readonly<Record<string, string>>) => void) | null;
}

/** Where commands come from: every delivery from now until `signal` fires, across lost connections. */
export type CommandSource = (signal: AbortSignal) => AsyncIterable<CommandDelivery>;
