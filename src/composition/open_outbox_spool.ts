import type { Config } from "../config/config_schema.ts";
import type { Condition } from "../health/health_state.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { MemoryOutbox } from "../outbox/memory_outbox.ts";
import { openSpool } from "../outbox/spool/open_spool.ts";
import { createSpooledOutbox, type SpooledOutbox } from "../outbox/spooled_outbox.ts";
import type { Metrics } from "../telemetry/metrics.ts";

export interface OutboxSpoolOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly memory: MemoryOutbox;
  readonly metrics: Metrics;
  /** Told of a time in which events were given up, for an `agent_gap`. */
  readonly onGap: (fromMs: number, toMs: number, lost: number) => void;
}

export interface OutboxSpool extends SpooledOutbox {
  readonly condition: () => Condition;
}

/** Opens the spool of the configuration; `null` without one. Rejects when another process uses its folder. */
export async function openOutboxSpool(options: OutboxSpoolOptions, signal: AbortSignal): Promise<OutboxSpool | null> {
  const { config, clock, metrics, onGap } = options;
  const dir = config.outbox.spool_dir;
  if (dir === undefined) return null;
  const log = createLogger("spool");
  const damaged = (records: number) => {
    if (records === 0) return;
    log.error("Some of what was stored can't be read and is skipped", { places: records });
    onGap(clock.now(), clock.now(), records);
  };
  const { spool, recovered, fault } = await openSpool({
    dir,
    maxBytes: config.outbox.spool_max_bytes,
    clock,
    signal,
    onDamaged: damaged,
    onRecovered: (later) => damaged(later.damaged),
    onFault: (now) => {
      if (now === null) log.info("The spool takes messages again");
      else log.error("The spool takes no messages; they wait in memory only", { error: now.message });
    },
  });
  if (fault !== null) log.error("The spool takes no messages; they wait in memory only", { error: fault.message });
  else if (recovered.records > 0) {
    log.info("Messages of an earlier run wait for delivery", { messages: recovered.records });
  }
  damaged(recovered.damaged);
  const spooled = createSpooledOutbox({
    memory: options.memory,
    spool,
    windowLimit: config.buffer_size,
    onRefused: (kind) => metrics.messagesDropped.inc({ kind, reason: "overflow" }),
    onEvicted: ({ kind, reason, records, fromMs, toMs }) => {
      metrics.messagesDropped.inc({ kind, reason }, records);
      log.error("The spool is full; the least severe and oldest messages were given up", { kind, messages: records });
      if (kind === "event") onGap(fromMs, toMs, records);
    },
  });
  return {
    ...spooled,
    condition: () => {
      const now = spool.status().fault;
      return now === null
        ? { name: "spool", ok: true, detail: "takes messages" }
        : { name: "spool", ok: false, detail: now.message };
    },
  };
}
