import { createCoreDelivery } from "../bus/deliver_core.ts";
import { createJetStreamDelivery } from "../bus/deliver_jetstream.ts";
import { createPublisher, type DeliveryStatus } from "../bus/publisher.ts";
import type { Condition } from "../lifecycle/condition.ts";
import type { AgentPart } from "../lifecycle/part.ts";
import { handOver } from "../outbox/hand_over.ts";
import { createMemoryOutbox } from "../outbox/memory_outbox.ts";
import { MESSAGE_KINDS, type MessageKind } from "../wire/message_kind.ts";
import type { Event } from "../wire/event.ts";
import type { OutboxWriter } from "../outbox/outbox.ts";
import type { SpoolStatus } from "../outbox/spool/spool.ts";
import { createCloudEventWriter } from "../outbox/cloud_event_writer.ts";
import { createTracedWriter, traceSettlement } from "../outbox/traced_outbox.ts";
import type { DroppedKind, DropReason } from "../telemetry/drop_reason.ts";
import type { Store } from "../telemetry/label_values.ts";
import type { AgentContext } from "./agent_context.ts";
import type { BusPart } from "./bus_part.ts";
import { openOutboxSpool, type OutboxSpool } from "./open_outbox_spool.ts";
import { DRAIN_MS } from "./service_plan.ts";

/** What waits for the bus, and what became of it. */
export interface OutboxPart extends AgentPart {
  /** For events and results: they go by way of the spool where there is one. */
  readonly writer: OutboxWriter;
  /** For reports that are of no use once they are old. */
  readonly memoryWriter: OutboxWriter;
  /** Counts what was lost on purpose, for `/metrics` and the status page. */
  readonly countDrop: (kind: DroppedKind, reason: DropReason, count?: number) => void;
  /** Whoever reports gaps; what was lost before it was there is told it at once. */
  readonly tellGapsTo: OutboxSpool["tellGapsTo"];
  /** Messages not yet delivered, by kind. */
  queues(): Readonly<Record<MessageKind, number>>;
  undelivered(): number;
  /** Leaves events and reports to the replica that leads next; resolves once none waits or is on its way any more. */
  handOver(): Promise<void>;
  /** Messages lost on purpose since the start. */
  dropped(): number;
}

const LANE_STORES: Readonly<Record<MessageKind, Store>> = {
  event: "outbox_event",
  metrics: "outbox_metrics",
  result: "outbox_result",
  update: "outbox_update",
};
const ACK_TIMEOUT_MS = 5_000;
const ACKS_AHEAD = 512;

/** Opens the outbox, with the spool under it where one is configured, and what publishes from it. */
export async function openOutboxPart(context: AgentContext, bus: BusPart, signal: AbortSignal): Promise<OutboxPart> {
  const { config, clock, telemetry, tracing, clusterId, subject, leadership, memory: budget } = context;
  const batchBytes = Math.floor(budget.bytesOf("acks_in_flight") / MESSAGE_KINDS.length);
  const { session } = bus.connection;
  const drops: Record<string, number> = {};
  let handingOver = false;
  const countDrop: OutboxPart["countDrop"] = (kind, reason, count = 1) => {
    telemetry.messagesDropped.inc({ kind, reason }, count);
    drops[`${kind} ${reason}`] = (drops[`${kind} ${reason}`] ?? 0) + count;
  };
  const memory = createMemoryOutbox({
    clock,
    limit: config.buffer_size,
    maxBytes: config.outbox.max_bytes ?? budget.bytesOf("outbox"),
    draining: () => session() !== null && !unheard(),
    onSettled: (entry, settlement) => {
      const { message, enqueuedAtMs } = entry;
      if (tracing !== null) traceSettlement(tracing, clusterId, clock, entry, settlement);
      if (settlement.kind === "delivered") {
        telemetry.messagesPublished.inc({ kind: message.kind });
        telemetry.publishSeconds.observe({ kind: message.kind }, (clock.monotonic() - enqueuedAtMs) / 1000);
      } else if (settlement.kind === "dropped") countDrop(message.kind, settlement.reason);
      else if (settlement.kind === "handed_over") telemetry.messagesHandedOver.inc({ kind: message.kind });
    },
  });
  /** Nobody takes messages: as with the bus away, the least severe gives way and the watch goes on. */
  const unheard = (): boolean => publisher.troubles().some(({ reason }) => reason === "no_listener");
  bus.onChange(memory.wake);
  const spool = await openOutboxSpool({
    config,
    clock,
    memory,
    maxWaitingBytes: budget.bytesOf("spool_writes"),
    countDrops: countDrop,
  }, signal);
  const { batch } = config.events;
  const publisher = createPublisher({
    outbox: memory,
    session,
    deliver: config.nats.delivery === "core" ? createCoreDelivery(leadership.epoch) : createJetStreamDelivery({
      stream: config.nats.stream,
      inFlightLimit: ACKS_AHEAD,
      inFlightBytes: batchBytes,
      ackTimeoutMs: ACK_TIMEOUT_MS,
      epoch: leadership.epoch,
    }),
    compose: {
      batch: batch.max_events > 1 ? { maxEvents: batch.max_events, subject: subject("events") } : null,
      gzipMinBytes: config.nats.compression.algorithm === "gzip" ? config.nats.compression.min_bytes : null,
    },
    batchBytes,
    batchWaitMs: batch.max_events > 1 ? batch.max_wait : null,
    clock,
    staleMetricsMs: 2 * config.metrics_interval,
    drainMs: DRAIN_MS,
    ...(config.replicas.enabled ? { mayPublish: () => !handingOver && leadership.isValid() } : {}),
    onFailure: (reason) => telemetry.publishErrors.inc({ reason }),
  });
  const queues = () => ({
    event: spool?.size("event") ?? memory.size("event"),
    metrics: memory.size("metrics"),
    result: memory.size("result"),
    update: memory.size("update"),
  });
  const traced = (writer: OutboxWriter) => tracing === null ? writer : createTracedWriter(writer, tracing, clusterId);
  const described = (writer: OutboxWriter) =>
    config.nats.cloud_events ? createCloudEventWriter(writer, clusterId) : writer;
  return {
    name: "outbox",
    services: [...(spool === null ? [] : [spool.service]), publisher],
    writer: traced(described(spool?.writer ?? memory)),
    memoryWriter: traced(described(memory)),
    countDrop,
    tellGapsTo: (noteGap) => spool?.tellGapsTo(noteGap),
    queues,
    async handOver() {
      handingOver = true;
      try {
        await handOver(memory);
      } finally {
        handingOver = false;
      }
    },
    // What an older central program does not know of is no loss.
    dropped: () => Object.values(drops).reduce((sum, count) => sum + count, 0) - (drops["update refused"] ?? 0),
    undelivered: () => Object.values(queues()).reduce((sum, size) => sum + size, 0),
    conditions: () => [
      ...deliveryConditions(publisher.troubles()),
      ...offConditions(publisher.off()),
      ...(spool === null ? [] : [spool.condition()]),
    ],
    status: () => ({
      deliveries: publisher.troubles(),
      delivery_failures: publisher.failures(),
      queues: Object.fromEntries(
        MESSAGE_KINDS.map((kind) => [kind, { size: queues()[kind], limit: config.buffer_size }]),
      ),
      drops,
      ...(spool === null ? {} : { spool: spoolStatus(spool.status()) }),
    }),
    heldBytes: () => memory.inFlightBytes() + MESSAGE_KINDS.reduce((sum, kind) => sum + memory.waitingBytes(kind), 0),
    page: () => [{
      title: "Last reports and gaps",
      head: ["last seen", "severity", "object", "reason", "what it means and says"],
      rows: context.recent.newest().map(rowOfReport),
    }],
    refreshGauges() {
      const sizes = queues();
      telemetry.eventQueueSize.set(sizes.event);
      telemetry.metricsQueueSize.set(sizes.metrics);
      telemetry.resultQueueSize.set(sizes.result);
      for (const kind of MESSAGE_KINDS) {
        telemetry.storeBytes.set({ store: LANE_STORES[kind] }, memory.waitingBytes(kind));
      }
      telemetry.storeBytes.set({ store: "acks_in_flight" }, memory.inFlightBytes());
      if (spool === null) return;
      telemetry.storeBytes.set({ store: "spool_writes" }, spool.waitingBytes());
      telemetry.storeBytes.set({ store: "spool" }, spool.status().usedBytes);
    },
  };
}

function rowOfReport(event: Event): readonly string[] {
  const object = [event.namespace, event.labels.kind ?? "", event.labels.name ?? ""].filter((part) => part !== "");
  const words = event.explanation === undefined ? event.message : `${event.explanation} | ${event.message}`;
  return [
    event.timestamp.replace("T", " ").replace(/\.\d+Z$/, "Z"),
    event.severity,
    object.join("/") || event.source,
    event.reason,
    words,
  ];
}

/** Kinds of messages that can't be delivered although NATS is connected. */
export function deliveryConditions(troubles: readonly DeliveryStatus[]): readonly Condition[] {
  return troubles.map(({ kind, detail }) => ({ name: `delivery of ${kind}`, ok: false, detail }));
}

/** Kinds of messages that the bus does not take, and that nothing depends on: the agent is ready without them. */
function offConditions(off: readonly DeliveryStatus[]): readonly Condition[] {
  return off.map(({ kind, detail }) => ({ name: `delivery of ${kind}`, ok: true, detail: `off: ${detail}` }));
}

function spoolStatus({ records, usedBytes, maxBytes, fault }: SpoolStatus): Record<string, unknown> {
  return { records, used_bytes: usedBytes, max_bytes: maxBytes, fault: fault?.message ?? null };
}
