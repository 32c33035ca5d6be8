import type { MessageKind } from "../wire/message_kind.ts";
import type { OutboxEntry } from "./lane.ts";
import type { OutboundMessage, Settlement } from "./outbound_message.ts";

/** What became of a message that was put: taken, taken at the cost of older ones, or not taken and lost. */
export type PutOutcome =
  | { readonly kind: "accepted" }
  | { readonly kind: "accepted_evicting"; readonly evicted: number }
  /** It is larger than the outbox may ever hold of its kind; it is settled as `too_large`. */
  | { readonly kind: "turned_away" };

/** The port that producers (watcher, metrics, commands) see: put a message and go on. */
export interface OutboxWriter {
  /**
   * Takes `message`, waiting for room while the bus drains (back-pressure). While the bus is away and the lane is full,
   * the least severe and oldest goes first; a message that is itself the least severe waits. Rejects only when `signal`
   * fires, and then the message was not taken. No promise where there was room: one an event is a cost in a flood.
   */
  put(message: OutboundMessage, signal: AbortSignal): PutOutcome | Promise<PutOutcome>;
}

/** The port that the publisher sees. What it takes is in flight until it settles it or puts it back. */
export interface OutboxReader {
  /** The oldest entries, in order: up to `limit`, and no more than `maxBytes` unless the first alone has more. */
  take(kind: MessageKind, limit: number, maxBytes?: number): readonly OutboxEntry[];
  putBack(kind: MessageKind, entries: readonly OutboxEntry[]): void;
  settle(kind: MessageKind, entries: readonly OutboxEntry[], settlement: Settlement): void;
  /** Entries that wait and are not in flight. */
  pending(kind: MessageKind): number;
  /** When the oldest waiting entry came, monotonic; `null` when none waits. */
  oldestAtMs(kind: MessageKind): number | null;
  /** Whether a critical message waits. */
  hasCritical(kind: MessageKind): boolean;
  /** Entries that wait or are in flight. */
  size(kind: MessageKind): number;
  isEmpty(): boolean;
  /** Resolves at the next put, settlement or `wake`. Takes no signal: whoever waits arranges a `wake` for its own end. */
  changed(): Promise<void>;
  /** Makes everybody who waits look again: the bus came or went, or somebody stops. */
  wake(): void;
}
