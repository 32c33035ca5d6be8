import type { OutboundMessage } from "./outbound_message.ts";

/** What became of a message that was put: taken, taken at the cost of older ones, or not taken at all. */
export type PutOutcome =
  | { readonly kind: "accepted" }
  | { readonly kind: "accepted_evicting"; readonly evicted: number }
  | { readonly kind: "refused" };

/** The port that producers (watcher, metrics, commands) see: put a message and go on. */
export interface OutboxWriter {
  /**
   * Takes `message`, waiting for room while the bus drains (back-pressure). While the bus is away and the lane is full,
   * the least severe and oldest goes first; a message that is itself the least severe waits. Rejects only when `signal` fires.
   */
  put(message: OutboundMessage, signal: AbortSignal): Promise<PutOutcome>;
}
