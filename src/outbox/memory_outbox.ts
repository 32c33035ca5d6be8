import type { Clock } from "../lifecycle/clock.ts";
import type { DropReason } from "../telemetry/drop_reason.ts";
import { MESSAGE_KINDS, type MessageKind } from "../wire/message_kind.ts";
import { createLane, type Lane, type OutboxEntry } from "./lane.ts";
import { messageBytes, type OutboundMessage, type Settlement } from "./outbound_message.ts";
import type { OutboxReader, OutboxWriter, PutOutcome } from "./outbox.ts";
import { laneOf, SPOOL_LANES } from "./spool/spool_lane.ts";

interface MemoryOutboxOptions {
  readonly clock: Clock;
  /** Messages held a kind, those in flight included. */
  readonly limit: number;
  /** Bytes held of all kinds together, those in flight included; `LANE_SHARES` bounds each kind. */
  readonly maxBytes: number;
  /** Whether the bus takes messages now: then a full lane makes the producer wait instead of evicting. */
  readonly draining: () => boolean;
  /** Told of every message as it leaves. */
  readonly onSettled: (entry: OutboxEntry, settlement: Settlement) => void;
}

export interface MemoryOutbox extends OutboxWriter, OutboxReader {
  /** Puts a message that is safe elsewhere: it waits for room, also while the bus is away, and pushes nothing out. */
  putWhenRoom(message: OutboundMessage, signal: AbortSignal): Promise<PutOutcome>;
  /** Bytes that wait and are not in flight. */
  waitingBytes(kind: MessageKind): number;
  /** Bytes in flight, of all kinds. */
  inFlightBytes(): number;
}

/**
 * How much of the outbox's bytes one kind may take. Together that is more than there is, so that a kind can use what the
 * others do not; when all is used, the least valuable goes first, in the order of `SPOOL_LANES`.
 */
export const LANE_SHARES: Readonly<Record<MessageKind, number>> = {
  event: 0.75,
  result: 0.25,
  metrics: 0.25,
  update: 0.25,
};

/** What producers may hold that wait for room, as a share of what their lane may: it comes on top of that. */
const PRODUCERS_SHARE = 1 / 8;

interface Shelf {
  readonly lane: Lane;
  readonly maxBytes: number;
  inFlight: number;
  inFlightBytes: number;
  /** Of what waits and what is in flight. */
  bytes: number;
  /** Of messages whose producers wait for room. */
  producersBytes: number;
}

/** The outbox in memory: bounded, ordered, prioritised. Nothing leaves it but delivered, or dropped with a reason. */
export function createMemoryOutbox(options: MemoryOutboxOptions): MemoryOutbox {
  const { clock, limit, maxBytes } = options;
  const shelfOf = (kind: MessageKind): Shelf => ({
    lane: createLane(),
    maxBytes: Math.floor(maxBytes * LANE_SHARES[kind]),
    inFlight: 0,
    inFlightBytes: 0,
    bytes: 0,
    producersBytes: 0,
  });
  const shelves: Record<MessageKind, Shelf> = {
    event: shelfOf("event"),
    metrics: shelfOf("metrics"),
    result: shelfOf("result"),
    update: shelfOf("update"),
  };
  let totalBytes = 0;
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

  /** Why a message of `bytes` does not fit now: its lane has too many or too much, or the lanes together have. */
  function fullness(shelf: Shelf, bytes: number): "messages" | "lane" | "outbox" | null {
    if (shelf.lane.size() + shelf.inFlight >= limit) return "messages";
    if (shelf.bytes + bytes > shelf.maxBytes) return "lane";
    return totalBytes + bytes > maxBytes ? "outbox" : null;
  }

  /** Pushes out what is worth no more than `message` until it fits. False when there is nothing more to push out. */
  function pushOut(shelf: Shelf, message: OutboundMessage, bytes: number): number | null {
    let evicted = 0;
    for (let full = fullness(shelf, bytes); full !== null; full = fullness(shelf, bytes)) {
      const victim = full === "outbox" ? leastValuable(message) : shelf.lane.evictFor(message);
      if (victim === null) return null;
      evicted++;
      shelves[victim.message.kind].bytes -= victim.bytes;
      totalBytes -= victim.bytes;
      const reason: DropReason = full === "messages" ? "overflow" : "memory";
      settle(victim, { kind: "dropped", reason });
    }
    return evicted;
  }

  /** Takes out the least valuable and oldest entry of all lanes that is worth no more than `message`. */
  function leastValuable(message: OutboundMessage): OutboxEntry | null {
    const own = laneOf(message);
    for (const { name, kind, severity } of SPOOL_LANES) {
      const entry = shelves[kind].lane.evictOldestOf(severity);
      if (entry !== null || name === own) return entry;
    }
    return null;
  }

  /** `null` when it has to wait. */
  function tryPut(message: OutboundMessage, bytes: number, evicts: boolean): PutOutcome | null {
    const shelf = shelves[message.kind];
    let evicted: number | null = 0;
    if (fullness(shelf, bytes) !== null) {
      if (!evicts || isDrained(shelf, bytes)) return null;
      evicted = pushOut(shelf, message, bytes);
      if (evicted === null) return null;
    }
    shelf.lane.push({ sequence: sequence++, enqueuedAtMs: clock.monotonic(), bytes, message });
    shelf.bytes += bytes;
    totalBytes += bytes;
    announce();
    return evicted === 0 ? { kind: "accepted" } : { kind: "accepted_evicting", evicted };
  }

  /** Whether it is worth waiting for room: the lane gets emptier, and those who wait hold little; one always may. */
  function isDrained(shelf: Shelf, bytes: number): boolean {
    if (!options.draining() || shelf.bytes === 0) return false;
    return shelf.producersBytes === 0 || shelf.producersBytes + bytes <= shelf.maxBytes * PRODUCERS_SHARE;
  }

  /** Says `turned_away` of a message that no waiting makes room for. */
  function turnAway(message: OutboundMessage, bytes: number): PutOutcome | null {
    if (bytes <= shelves[message.kind].maxBytes) return null;
    const entry = { sequence: sequence++, enqueuedAtMs: clock.monotonic(), bytes, message };
    settle(entry, { kind: "dropped", reason: "too_large" });
    return { kind: "turned_away" };
  }

  function changed(): Promise<void> {
    waiting ??= Promise.withResolvers<void>();
    return waiting.promise;
  }

  async function waitForRoom(
    message: OutboundMessage,
    bytes: number,
    evicts: boolean,
    signal: AbortSignal,
  ): Promise<PutOutcome> {
    const shelf = shelves[message.kind];
    const stop = () => announce(); // the call's own: others wait on the same signal
    signal.addEventListener("abort", stop, { once: true });
    shelf.producersBytes += bytes;
    let held = bytes;
    try {
      while (true) {
        signal.throwIfAborted();
        await changed();
        signal.throwIfAborted();
        shelf.producersBytes -= held;
        held = 0;
        const outcome = tryPut(message, bytes, evicts);
        if (outcome !== null) return outcome;
        shelf.producersBytes += bytes;
        held = bytes;
      }
    } finally {
      shelf.producersBytes -= held;
      signal.removeEventListener("abort", stop);
    }
  }

  return {
    put(message, signal) {
      const bytes = messageBytes(message);
      return turnAway(message, bytes) ?? tryPut(message, bytes, true) ?? waitForRoom(message, bytes, true, signal);
    },
    async putWhenRoom(message, signal) {
      const bytes = messageBytes(message);
      return turnAway(message, bytes) ?? tryPut(message, bytes, false) ??
        await waitForRoom(message, bytes, false, signal);
    },
    take(kind, count, bytesLimit = Infinity) {
      const shelf = shelves[kind];
      const taken: OutboxEntry[] = [];
      let bytes = 0;
      while (taken.length < count) {
        const entry = shelf.lane.takeOldest(taken.length === 0 ? Infinity : bytesLimit - bytes);
        if (entry === null) break;
        taken.push(entry);
        bytes += entry.bytes;
      }
      shelf.inFlight += taken.length;
      shelf.inFlightBytes += bytes;
      return taken;
    },
    putBack(kind, entries) {
      land(kind, entries);
      shelves[kind].lane.putBack(entries);
      announce();
    },
    settle(kind, entries, settlement) {
      const bytes = land(kind, entries);
      shelves[kind].bytes -= bytes;
      totalBytes -= bytes;
      for (const entry of entries) settle(entry, settlement);
      announce();
    },
    pending: (kind) => shelves[kind].lane.size(),
    oldestAtMs: (kind) => shelves[kind].lane.oldestAtMs(),
    hasCritical: (kind) => shelves[kind].lane.hasCritical(),
    size: (kind) => shelves[kind].lane.size() + shelves[kind].inFlight,
    waitingBytes: (kind) => shelves[kind].bytes - shelves[kind].inFlightBytes,
    inFlightBytes: () => MESSAGE_KINDS.reduce((sum, kind) => sum + shelves[kind].inFlightBytes, 0),
    isEmpty: () => MESSAGE_KINDS.every((kind) => shelves[kind].lane.size() + shelves[kind].inFlight === 0),
    changed,
    wake: announce,
  };

  /** `entries` are no longer in flight; returns what they hold. */
  function land(kind: MessageKind, entries: readonly OutboxEntry[]): number {
    let landed = 0;
    for (const { bytes } of entries) landed += bytes;
    shelves[kind].inFlight -= entries.length;
    shelves[kind].inFlightBytes -= landed;
    return landed;
  }
}
