import type { Config } from "../config/config_schema.ts";
import type { EventReporter } from "../events/event_reporter.ts";
import type { Condition } from "../lifecycle/condition.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { MemoryOutbox } from "../outbox/memory_outbox.ts";
import { openSpool } from "../outbox/spool/open_spool.ts";
import type { Recovered } from "../outbox/spool/spool.ts";
import { createSpooledOutbox, type SpooledOutbox } from "../outbox/spooled_outbox.ts";
import type { DroppedKind, DropReason } from "../telemetry/drop_reason.ts";

interface OutboxSpoolOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly memory: MemoryOutbox;
  /** Bytes that may wait for the disk. */
  readonly maxWaitingBytes: number;
  /** Counts what was given up. */
  readonly countDrops: (kind: DroppedKind, reason: DropReason, count: number) => void;
}

export interface OutboxSpool extends SpooledOutbox {
  readonly condition: () => Condition;
  /** Whoever tells gaps; what was lost before it was there is told it at once. */
  readonly tellGapsTo: (noteGap: NoteGap) => void;
}

type NoteGap = EventReporter["noteGap"];

/** Opens the spool of the configuration; `null` without one. Rejects when another process uses its folder. */
export async function openOutboxSpool(options: OutboxSpoolOptions, signal: AbortSignal): Promise<OutboxSpool | null> {
  const { config, clock, countDrops } = options;
  const dir = config.outbox.spool_dir;
  if (dir === undefined) return null;
  const log = createLogger("spool");
  const early: Parameters<NoteGap>[] = [];
  let noteGap: NoteGap = (...gap) => void early.push(gap);
  const damaged = (places: number) => {
    if (places === 0) return;
    log.error("Some of what was stored can't be read and is skipped", { places });
    countDrops("spooled", "damaged", places);
    noteGap("SpoolDamaged", clock.now(), clock.now(), places);
  };
  const look = (found: Recovered) => {
    damaged(found.damaged);
    if (found.setAside === 0) return;
    log.error("Files of the spool are of another version, or hold nothing that can be read; they are renamed", {
      files: found.setAside,
    });
    noteGap("SpoolDamaged", clock.now(), clock.now(), 0);
  };
  const { spool, recovered, fault } = await openSpool({
    dir,
    maxBytes: config.outbox.spool_max_bytes,
    clock,
    signal,
    onDamaged: damaged,
    onRecovered: look,
    onFault: (now) => {
      if (now === null) log.info("The spool takes messages again");
      else log.error("The spool takes no messages; they wait in memory only", { error: now.message });
    },
  });
  if (fault !== null) log.error("The spool takes no messages; they wait in memory only", { error: fault.message });
  else if (recovered.records > 0) {
    log.info("Messages of an earlier run wait for delivery", { messages: recovered.records });
  }
  look(recovered);
  const spooled = createSpooledOutbox({
    memory: options.memory,
    spool,
    windowLimit: config.buffer_size,
    maxWaitingBytes: options.maxWaitingBytes,
    onDropped: (kind, reason, storedAtMs) => {
      if (kind === "event") {
        noteGap(reason === "too_large" ? "MessageTooLarge" : "SpoolOverflow", storedAtMs, storedAtMs, 1);
      }
    },
    onEvicted: ({ kind, reason, stored, records, fromMs, toMs }) => {
      countDrops(kind, reason, records);
      log.error("The spool is full; the least severe and oldest messages were given up", { kind, messages: records });
      if (kind === "event" && stored) noteGap("SpoolOverflow", fromMs, toMs, records);
    },
  });
  return {
    ...spooled,
    tellGapsTo(told) {
      noteGap = told;
      for (const gap of early.splice(0)) told(...gap);
    },
    condition: () => {
      const now = spool.status().fault;
      return now === null
        ? { name: "spool", ok: true, detail: "takes messages" }
        : { name: "spool", ok: false, detail: now.message };
    },
  };
}
