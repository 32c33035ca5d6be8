import process from "node:process";
import { createBusConnection } from "../../src/bus/connection.ts";
import { createCoreDelivery } from "../../src/bus/deliver_core.ts";
import { createJetStreamDelivery } from "../../src/bus/deliver_jetstream.ts";
import { createPublisher } from "../../src/bus/publisher.ts";
import { createDedupe } from "../../src/events/dedupe.ts";
import { createHourlyCounts } from "../../src/events/hourly_counts.ts";
import { createEventRedaction } from "../../src/events/redact_texts.ts";
import { createEventReporter, type SightingTag } from "../../src/events/event_reporter.ts";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { createHeapTrimmer, openHeap } from "../../src/lifecycle/heap_trimmer.ts";
import { createMemoryOutbox } from "../../src/outbox/memory_outbox.ts";
import { openSpool } from "../../src/outbox/spool/open_spool.ts";
import { createSpooledOutbox } from "../../src/outbox/spooled_outbox.ts";
import { createTelemetry } from "../../src/telemetry/telemetry.ts";
import { createSightingSource } from "./event_source.ts";
import { BENCH_STREAM, BENCH_SUBJECTS, type DeliveryPlan } from "./variant.ts";

/** The defaults of the configuration and of `src/agent/outbox_part.ts`. */
const BUFFER_SIZE = 1_000;
const JETSTREAM = { stream: BENCH_STREAM, inFlightLimit: 512, inFlightBytes: 5 * 2 ** 20, ackTimeoutMs: 5_000 };
/** What a container of 256Mi gives: see `src/lifecycle/memory_budget.ts`. */
const BATCH_BYTES = 5 * 2 ** 20;
const SPOOL_MAX_BYTES = 256 * 1024 * 1024;
/** What `docs/delivery.md` shows. */
const BATCH = { maxEvents: 100, subject: BENCH_SUBJECTS.events };
const BATCH_WAIT_MS = 500;
/** Below the default, so that single events are compressed too. */
const GZIP_MIN_BYTES = 256;
/** A way to deliver, connected and at work. */
export interface DeliveryRig {
  /** Makes one event and hands it over; waits while the way is full. */
  send(): Promise<void>;
  /** Events confirmed so far. */
  delivered(): number;
  /** Headers and bodies sent so far. */
  wireBytes(): number;
  /** From now on tells `listener` how many are confirmed, as each is. */
  listen(listener: (delivered: number) => void): void;
  end(): Promise<void>;
}

/** The agent's own way, put together as `src/agent/` does. */
export async function startDeliveryRig(plan: DeliveryPlan): Promise<DeliveryRig> {
  const { variant } = plan;
  const stop = new AbortController();
  const disconnect = new AbortController();
  const telemetry = createTelemetry();
  const connected = Promise.withResolvers<void>();
  let delivered = 0;
  let listener: (delivered: number) => void = () => {};
  const outbox = createMemoryOutbox({
    clock: systemClock,
    limit: BUFFER_SIZE,
    maxBytes: 2 ** 30,
    draining: () => connection.session() !== null,
    onSettled({ message, enqueuedAtMs }, settlement) {
      if (settlement.kind !== "delivered") throw new Error(`An event was not delivered: ${JSON.stringify(settlement)}`);
      telemetry.messagesPublished.inc({ kind: message.kind });
      telemetry.publishSeconds.observe({ kind: message.kind }, (systemClock.monotonic() - enqueuedAtMs) / 1000);
      listener(++delivered);
    },
  });
  const connection = createBusConnection({
    bus: () => ({
      servers: [plan.natsUrl],
      name: "agent-bench",
      auth: { kind: "none" },
      inboxPrefix: "_INBOX",
      tls: null,
    }),
    clock: systemClock,
    reconnectDelayMs: 1_000,
    maxRetries: 0,
    onConnected: () => {
      outbox.wake();
      connected.resolve();
    },
    onDisconnected: outbox.wake,
    onError: () => {},
  });
  const publisher = createPublisher({
    outbox,
    session: connection.session,
    deliver: variant.delivery === "core" ? createCoreDelivery() : createJetStreamDelivery(JETSTREAM),
    compose: { batch: variant.batch ? BATCH : null, gzipMinBytes: variant.gzip ? GZIP_MIN_BYTES : null },
    batchBytes: BATCH_BYTES,
    batchWaitMs: variant.batch ? BATCH_WAIT_MS : null,
    clock: systemClock,
    staleMetricsMs: 60_000,
    drainMs: 10_000,
    onFailure: (reason) => process.stderr.write(`Delivery failed: ${reason}\n`),
  });
  const spooled = variant.spool
    ? createSpooledOutbox({
      memory: outbox,
      spool: (await openSpool({
        dir: plan.dir,
        maxBytes: SPOOL_MAX_BYTES,
        clock: systemClock,
        signal: stop.signal,
      })).spool,
      windowLimit: BUFFER_SIZE,
      maxWaitingBytes: 2 ** 23,
      onEvicted: ({ records }) => {
        throw new Error(`The spool gave up ${records} events`);
      },
      onDropped: (_, reason) => {
        throw new Error(`The spool dropped an event: ${reason}`);
      },
    })
    : null;
  const trimmer = createHeapTrimmer({
    heap: openHeap(),
    heldBytes: () => 0,
    clock: systemClock,
    onTrim: () => telemetry.heapTrims.inc(),
  });
  const services = [
    publisher.run(stop.signal),
    trimmer.run(stop.signal),
    ...(spooled === null ? [] : [spooled.service.run(stop.signal)]),
  ];
  const connecting = connection.run(disconnect.signal);
  connecting.catch(connected.reject);
  const dedupe = createDedupe<SightingTag>({ windowMs: 60_000, limit: 8_192 });
  const reporter = createEventReporter({
    redact: createEventRedaction(),
    hourly: createHourlyCounts(),
    clusterId: "bench",
    subject: BENCH_SUBJECTS.event,
    outbox: spooled?.writer ?? outbox,
    dedupe,
    telemetry,
    tracing: null,
    now: systemClock.now,
  });
  const nextSighting = createSightingSource();
  await connected.promise;
  return {
    send: async () => await reporter.report(nextSighting(), stop.signal),
    delivered: () => delivered,
    wireBytes: () => connection.session()?.nats.stats().outBytes ?? 0,
    listen: (next) => void (listener = next),
    async end() {
      stop.abort();
      await Promise.all(services);
      disconnect.abort();
      await connecting;
    },
  };
}
