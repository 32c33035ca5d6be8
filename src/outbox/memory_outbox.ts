import type { Clock } from "../lifecycle/clock.ts";
import { MESSAGE_KINDS, type MessageKind } from "../wire/message_kind.ts";
import { createLane, type Lane, type OutboxEntry } from "./lane.ts";
import type { OutboundMessage, Settlement } from "./outbound_message.ts";
import type { OutboxReader, OutboxWriter, PutOutcome } from "./outbox.ts";

export interface MemoryOutboxOptions {
  readonly clock: Clock;
  /** Messages held a kind, those in flight included. */
  readonly limit: number;
  /** Whether the bus takes messages now: then a full lane makes the producer wait instead of evicting. */
  readonly draining: () => boolean;
  /** Told of every message as it leaves. */
  readonly onSettled: (entry: OutboxEntry, settlement: Settlement) => void;
}

export type MemoryOutbox = OutboxWriter & OutboxReader;

interface Shelf {
  readonly lane: Lane;
  inFlight: number;
}

/** The outbox in memory: bounded, ordered, prioritised. Nothing leaves it but delivered, or dropped with a reason. */
export function createMemoryOutbox(options: MemoryOutboxOptions): MemoryOutbox {
  const { clock } = options;
  const shelves: Record<MessageKind, Shelf> = {
    event: { lane: createLane(), inFlight: 0 },
    metrics: { lane: createLane(), inFlight: 0 },
    result: { lane: createLane(), inFlight: 0 },
  };
  let sequence = 0;
  let waiting: PromiseWithResolvers<void> | null = null;

  /** Wakes everybody who waits for room or for work; they look again. */
  function announce(): void {
    waiting?.resolve();
    waiting = null;
  }

  function settle(entry: OutboxEntry, settlement: Settlement): void {
    entry.message.onSettled?.(settlement);
    options.onSettled(entry, settlement);
  }

  function tryPut(message: OutboundMessage): PutOutcome | null {
    const shelf = shelves[message.kind];
    let evicted = 0;
    while (shelf.lane.size() + shelf.inFlight >= options.limit) {
      if (options.draining()) return null;
      const victim = shelf.lane.evictFor(message);
      if (victim === null) return null;
      evicted++;
      settle(victim, { kind: "dropped", reason: "overflow" });
    }
    shelf.lane.push({ sequence: sequence++, enqueuedAtMs: clock.monotonic(), message });
    announce();
    return evicted === 0 ? { kind: "accepted" } : { kind: "accepted_evicting", evicted };
  }

  return {
    put(message, signal) {
      return tryPut(message) ?? putWhenRoom(message, signal);
    },
    take(kind, limit) {
      const shelf = shelves[kind];
      const taken: OutboxEntry[] = [];
      while (taken.length < limit) {
        const entry = shelf.lane.takeOldest();
        if (entry === null) break;
        taken.push(entry);
      }
      shelf.inFlight += taken.length;
      return taken;
    },
    putBack(kind, entries) {
      shelves[kind].inFlight -= entries.length;
      shelves[kind].lane.putBack(entries);
      announce();
    },
    settle(kind, entries, settlement) {
      shelves[kind].inFlight -= entries.length;
      for (const entry of entries) settle(entry, settlement);
      announce();
    },
    pending: (kind) => shelves[kind].lane.size(),
    oldestAtMs: (kind) => shelves[kind].lane.oldestAtMs(),
    hasCritical: (kind) => shelves[kind].lane.hasCritical(),
    size: (kind) => shelves[kind].lane.size() + shelves[kind].inFlight,
    isEmpty: () => MESSAGE_KINDS.every((kind) => shelves[kind].lane.size() + shelves[kind].inFlight === 0),
    changed,
    wake: announce,
  };

  function changed(): Promise<void> {
    waiting ??= Promise.withResolvers<void>();
    return waiting.promise;
  }

  async function putWhenRoom(message: OutboundMessage, signal: AbortSignal): Promise<PutOutcome> {
    const stop = () => announce(); // the call's own: others wait on the same signal
    signal.addEventListener("abort", stop, { once: true });
    try {
      while (true) {
        signal.throwIfAborted();
        const outcome = tryPut(message);
        if (outcome !== null) return outcome;
        await changed();
      }
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
}
