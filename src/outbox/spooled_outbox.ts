import type { Service } from "../lifecycle/service.ts";
import { createWakeup } from "../lifecycle/wakeup.ts";
import type { DropReason } from "../telemetry/drop_reason.ts";
import type { MessageKind } from "../wire/message_kind.ts";
import type { MemoryOutbox } from "./memory_outbox.ts";
import { messageBytes, type OutboundMessage, type Settlement } from "./outbound_message.ts";
import type { OutboxWriter } from "./outbox.ts";
import { MESSAGE_SHARE } from "./spool/make_room.ts";
import type { Eviction, Spool, SpoolRecord, SpoolStatus } from "./spool/spool.ts";

interface SpooledOutboxOptions {
  /** The window of messages on their way to the bus; the spool fills it as it empties. */
  readonly memory: MemoryOutbox;
  readonly spool: Spool;
  /** Messages a kind that the window holds. */
  readonly windowLimit: number;
  /** Bytes that wait for the disk, or are being written; one read brings no more than that either. */
  readonly maxWaitingBytes: number;
  /** Told of messages that a full spool gave up, or turned away. */
  readonly onEvicted: (eviction: Eviction) => void;
  /** Told of a stored message that the bus will never take: nobody else can be told any more. */
  readonly onDropped: (kind: MessageKind, reason: DropReason, storedAtMs: number) => void;
}

export interface SpooledOutbox {
  readonly writer: OutboxWriter;
  /** Moves messages to the disk and from there into the window; closes the spool at its end. */
  readonly service: Service;
  /** Messages not yet delivered, on disk or on their way there. */
  size(kind: MessageKind): number;
  /** Bytes on their way to the disk. */
  waitingBytes(): number;
  status(): SpoolStatus;
}

/**
 * Messages that wait for the next write: a producer that is faster than the disk waits. A disk that takes 20 ms to sync
 * still gets 25,000 a second; more of them would only be more to hold.
 */
const WAITING_LIMIT = 500;
/** Why memory alone gives a message up: the disk still has it. */
const PUSHED_OUT: ReadonlySet<DropReason> = new Set(["overflow", "memory"]);
/** How much one read brings into the window. */
const READ_LIMITS = { maxRecords: 500, maxBytes: 4 * 1024 * 1024 };

/**
 * Puts a spool under the outbox: events and results are vouched for (`stored`) once they are on disk, and delivered from
 * there, in order, also by the next process. Metrics reports stay in memory, an old one is of no use; and so do updates, of
 * which the list of open incidents makes up for any that is lost. While the disk takes
 * nothing, messages wait in memory as they would without a spool.
 */
export function createSpooledOutbox(options: SpooledOutboxOptions): SpooledOutbox {
  const { memory, spool } = options;
  const readBytes = Math.min(READ_LIMITS.maxBytes, options.maxWaitingBytes);
  let waiting: OutboundMessage[] = [];
  /** Of those that wait and those that are being written. */
  let waitingBytes = 0;
  /** What of the spool is in memory now, by sequence. */
  const inWindow = new Set<number>();
  let pushedOut = false;
  let changed = Promise.withResolvers<void>();

  function announce(): void {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  }

  async function store(batch: readonly OutboundMessage[], signal: AbortSignal): Promise<void> {
    const outcome = await spool.append(batch);
    for (const eviction of outcome.evictions) options.onEvicted(eviction);
    for (const [index, message] of batch.entries()) {
      if (outcome.kind === "degraded") await memory.put(message, signal);
      else if (outcome.positions[index] !== null) message.onSettled?.({ kind: "stored" });
      else message.onSettled?.({ kind: "dropped", reason: isTooLarge(message) ? "too_large" : "spool_full" });
    }
  }

  async function storeAll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted || waiting.length > 0) {
      if (waiting.length === 0) {
        await changed.promise;
        continue;
      }
      const batch = waiting;
      const bytes = waitingBytes;
      waiting = [];
      await store(batch, signal);
      waitingBytes -= bytes;
      announce();
    }
  }

  async function fillWindow(signal: AbortSignal): Promise<void> {
    const wakeup = createWakeup();
    while (!signal.aborted) {
      if (pushedOut) {
        pushedOut = false;
        spool.rewind();
      }
      // Before the look: what is stored or settled while the disk is read must not go unnoticed.
      wakeup.watch(changed.promise);
      wakeup.watch(memory.changed());
      const room = options.windowLimit - Math.max(memory.size("event"), memory.size("result"));
      const records = room < 1
        ? []
        : await spool.read({ maxRecords: Math.min(READ_LIMITS.maxRecords, room), maxBytes: readBytes });
      for (const record of records) {
        if (inWindow.has(record.position.sequence)) continue; // read again after something else was pushed out
        inWindow.add(record.position.sequence);
        await memory.putWhenRoom({ ...record.message, onSettled: (settlement) => settle(record, settlement) }, signal);
      }
      if (records.length === 0 && !signal.aborted) await wakeup.next();
    }
  }

  function settle({ message, position, enqueuedAtMs }: SpoolRecord, settlement: Settlement): void {
    inWindow.delete(position.sequence);
    if (settlement.kind === "dropped" && PUSHED_OUT.has(settlement.reason)) {
      pushedOut = true; // by messages that only memory can hold; the disk still has this one
      return;
    }
    spool.acknowledge([position]);
    if (settlement.kind === "dropped") options.onDropped(message.kind, settlement.reason, enqueuedAtMs);
  }

  function isTooLarge({ body }: OutboundMessage): boolean {
    return body.length > spool.status().maxBytes * MESSAGE_SHARE;
  }

  function isFull(): boolean {
    return waiting.length >= WAITING_LIMIT || waitingBytes >= options.maxWaitingBytes;
  }

  /** Rejects when `signal` fires. The listener is the call's own: others wait on the same signal. */
  async function untilRoom(signal: AbortSignal): Promise<void> {
    const stop = () => announce();
    signal.addEventListener("abort", stop, { once: true });
    try {
      while (isFull()) {
        signal.throwIfAborted();
        await changed.promise;
      }
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  return {
    writer: {
      async put(message, signal) {
        if (message.kind === "metrics" || message.kind === "update") return memory.put(message, signal);
        if (isFull()) await untilRoom(signal);
        waiting.push(message);
        waitingBytes += messageBytes(message);
        announce();
        return { kind: "accepted" };
      },
    },
    service: {
      name: "spool",
      async run(signal) {
        signal.addEventListener("abort", announce, { once: true });
        try {
          await Promise.all([
            storeAll(signal),
            fillWindow(signal).catch((error) => {
              if (!signal.aborted) throw error;
            }),
          ]);
        } finally {
          await spool.flush();
          await spool.close();
        }
      },
    },
    size: (kind) =>
      kind === "event"
        ? Math.max(0, spool.status().records - memory.size("result")) + waiting.length
        : memory.size(kind),
    waitingBytes: () => waitingBytes,
    status: () => spool.status(),
  };
}
