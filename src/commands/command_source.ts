/** One command message as the bus delivered it. Everything in it is hostile until checked. */
export interface CommandDelivery {
  readonly body: Uint8Array;
  /** What it holds of memory, headers included. */
  readonly bytes: number;
  /** A header's first value, or `null`. */
  readonly header: (name: string) => string | null;
  /** The message's reply subject; `null` when it has none. The sender chose it: see `judgeReplySubject`. */
  readonly reply: CommandReply | null;
}

/** Where a sender wants its answer. */
export interface CommandReply {
  readonly subject: string;
  /** Sends an answer there. Must not throw. */
  readonly send: (body: Uint8Array, headers?: Readonly<Record<string, string>>) => void;
}

/** Where commands come from: every delivery from now until `signal` fires, across lost connections. */
export type CommandSource = (signal: AbortSignal) => AsyncIterable<CommandDelivery>;
