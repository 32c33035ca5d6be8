import { SEVERITIES, type Severity, severityRank } from "../wire/severity.ts";
import type { OutboundMessage } from "./outbound_message.ts";

/** A message in the outbox, with its place in the order and the time it came (monotonic milliseconds). */
export interface OutboxEntry {
  readonly sequence: number;
  readonly enqueuedAtMs: number;
  /** What it takes in memory, counted once (`messageBytes`). */
  readonly bytes: number;
  readonly message: OutboundMessage;
}

/** A queue that hands out from the front in constant time. */
interface Deque {
  items: (OutboxEntry | undefined)[];
  head: number;
}

/**
 * What waits of one kind. Delivery is oldest first; eviction is least severe and then oldest, so there is one queue a
 * severity and delivery merges them by sequence.
 */
export function createLane(): Lane {
  const queues: Deque[] = SEVERITIES.map(() => ({ items: [], head: 0 }));
  const rankOf = (message: OutboundMessage) => message.severity === undefined ? 0 : severityRank(message.severity);
  const queueOf = (message: OutboundMessage) => queues[rankOf(message)] ?? queues[0] ?? { items: [], head: 0 };
  let size = 0;

  function takeFrom(queue: Deque): OutboxEntry | null {
    const entry = queue.items[queue.head];
    if (entry === undefined) return null;
    queue.items[queue.head++] = undefined; // or what was delivered would stay alive until the queue is cut
    size--;
    if (queue.head > 512 && queue.head * 2 > queue.items.length) { // give the memory back now and then
      queue.items = queue.items.slice(queue.head);
      queue.head = 0;
    }
    return entry;
  }

  return {
    size: () => size,
    push(entry) {
      queueOf(entry.message).items.push(entry);
      size++;
    },
    takeOldest(maxBytes) {
      let oldest: Deque | null = null;
      let first: OutboxEntry | null = null;
      for (const queue of queues) {
        const entry = queue.items[queue.head];
        if (entry === undefined || (first !== null && entry.sequence > first.sequence)) continue;
        oldest = queue;
        first = entry;
      }
      return oldest === null || (first?.bytes ?? 0) > maxBytes ? null : takeFrom(oldest);
    },
    evictOldestOf(severity) {
      const queue = queues[severity === undefined ? 0 : severityRank(severity)];
      return queue === undefined ? null : takeFrom(queue);
    },
    evictFor(message) {
      for (let rank = queues.length - 1; rank >= rankOf(message); rank--) {
        const queue = queues[rank];
        const entry = queue === undefined ? null : takeFrom(queue);
        if (entry !== null) return entry;
      }
      return null;
    },
    oldestAtMs() {
      let oldest: OutboxEntry | undefined;
      for (const queue of queues) {
        const entry = queue.items[queue.head];
        if (entry !== undefined && (oldest === undefined || entry.sequence < oldest.sequence)) oldest = entry;
      }
      return oldest?.enqueuedAtMs ?? null;
    },
    hasCritical() {
      const worst = queues[0];
      return worst !== undefined && worst.head < worst.items.length;
    },
    putBack(entries) {
      for (const queue of queues) {
        const mine = entries.filter((entry) => queueOf(entry.message) === queue);
        if (mine.length === 0) continue;
        const waiting = queue.items.slice(queue.head).filter((entry) => entry !== undefined);
        queue.items = [...mine, ...waiting].sort((a, b) => a.sequence - b.sequence);
        queue.head = 0;
        size += mine.length;
      }
    },
  };
}

export interface Lane {
  size(): number;
  push(entry: OutboxEntry): void;
  /** Takes out the oldest entry; `null` when there is none, or it has more than `maxBytes`. */
  takeOldest(maxBytes: number): OutboxEntry | null;
  /** Takes out the least severe and oldest entry that is no more severe than `message`; `null` when there is none. */
  evictFor(message: OutboundMessage): OutboxEntry | null;
  /** Takes out the oldest entry of one severity; `null` when there is none. */
  evictOldestOf(severity: Severity | undefined): OutboxEntry | null;
  /** When the oldest entry came; `null` when the lane is empty. */
  oldestAtMs(): number | null;
  hasCritical(): boolean;
  /** Puts entries that were taken back where they were. */
  putBack(entries: readonly OutboxEntry[]): void;
}
