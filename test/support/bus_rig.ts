import "./ignore_stray_socket_errors.ts";
import type { BusOptions } from "../../src/bus/bus_options.ts";
import { type BusConnection, createBusConnection } from "../../src/bus/connection.ts";
import { createCoreDelivery } from "../../src/bus/deliver_core.ts";
import type { DeliverUnits, DeliveryFailure } from "../../src/bus/delivery.ts";
import type { ComposeOptions } from "../../src/bus/compose_units.ts";
import type { NatsErrorKind } from "../../src/telemetry/label_values.ts";
import { createPublisher, type Publisher } from "../../src/bus/publisher.ts";
import { compact } from "../../src/lifecycle/compact.ts";
import type { Clock } from "../../src/lifecycle/clock.ts";
import type { MessageKind } from "../../src/wire/message_kind.ts";
import { createMemoryOutbox, type MemoryOutbox } from "../../src/outbox/memory_outbox.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { createMovableClock } from "./pipeline_rig.ts";

export interface BusRigOptions {
  readonly bus?: Partial<BusOptions>;
  readonly deliver?: DeliverUnits;
  readonly compose?: ComposeOptions;
  readonly maxRetries?: number;
  readonly optionalSubjects?: readonly string[];
  /** Default: waits are a hundredth. */
  readonly clock?: Clock;
  /** Default a minute. */
  readonly staleMetricsMs?: number;
  /** How long a stop may go on delivering; default not at all. */
  readonly drainMs?: number;
  /** Whether this process leads; absent: there are no replicas. */
  readonly mayPublish?: () => boolean;
}

/** Connection, publisher and outbox at work on a real server, as the agent puts them together; waits are a hundredth. */
export interface BusRig extends AsyncDisposable {
  readonly connection: BusConnection;
  readonly outbox: MemoryOutbox;
  /** How each message that left the outbox left it, in order: `e1 delivered`, `e2 too_large`. */
  readonly settled: readonly string[];
  /** Why deliveries failed, each reason once. */
  readonly failures: ReadonlySet<DeliveryFailure["reason"]>;
  /** The same in words. */
  readonly details: ReadonlySet<string>;
  readonly errors: ReadonlySet<NatsErrorKind>;
  readonly publisher: Publisher;
  /** Puts one message with this id; its body is JSON with the id, filled up to `bytes`. */
  put(
    id: string,
    options?: {
      readonly subject?: string;
      readonly bytes?: number;
      readonly kind?: MessageKind;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ): Promise<void>;
  /** Resolves when this many messages have left the outbox. */
  left(count: number): Promise<void>;
  connected(times?: number): Promise<void>;
  /** The connection's end, when it gives up by itself. */
  readonly ended: Promise<unknown>;
}

/** Starts the rig; it does not wait for the first connect. */
export function startBusRig(url: string, options: BusRigOptions = {}): BusRig {
  const clock = options.clock ?? createMovableClock();
  const stop = new AbortController();
  const disconnect = new AbortController();
  const settled: string[] = [];
  const failures = new Set<DeliveryFailure["reason"]>();
  const details = new Set<string>();
  const errors = new Set<NatsErrorKind>();
  const outbox = createMemoryOutbox({
    clock,
    limit: 10_000,
    maxBytes: 2 ** 30,
    draining: () => connection.session() !== null,
    onSettled: ({ message }, settlement) =>
      settled.push(`${message.id} ${settlement.kind === "dropped" ? settlement.reason : settlement.kind}`),
  });
  const connection = createBusConnection({
    bus: () => ({
      servers: [url],
      name: "agent-test",
      auth: { kind: "none" },
      inboxPrefix: "_INBOX",
      tls: null,
      ...options.bus,
    }),
    clock,
    reconnectDelayMs: 1_000,
    maxRetries: options.maxRetries ?? -1,
    optionalSubjects: options.optionalSubjects ?? [],
    onConnected: outbox.wake,
    onDisconnected: outbox.wake,
    onError: (kind) => errors.add(kind),
  });
  const publisher = createPublisher({
    outbox,
    session: connection.session,
    deliver: options.deliver ?? createCoreDelivery(),
    compose: options.compose ?? { batch: null, gzipMinBytes: null },
    batchBytes: 2 ** 22,
    batchWaitMs: options.compose?.batch ? 1_000 : null,
    clock,
    staleMetricsMs: options.staleMetricsMs ?? 60_000,
    drainMs: options.drainMs ?? 0,
    ...compact({ mayPublish: options.mayPublish }),
    onFailure: (reason, detail) => {
      failures.add(reason);
      details.add(detail);
    },
  });
  const ended = connection.run(disconnect.signal).then(() => null, (error: unknown) => error);
  const publishing = publisher.run(stop.signal);
  return {
    connection,
    outbox,
    settled,
    failures,
    details,
    errors,
    publisher,
    ended,
    async put(id, { subject = "agent.event.prod", bytes = 0, kind = "event", headers = {} } = {}) {
      const body = new TextEncoder().encode(JSON.stringify({ id }).padEnd(bytes));
      await outbox.put(
        { kind, id, subject, body, headers, severity: kind === "event" ? "high" : undefined },
        stop.signal,
      );
    },
    left: async (count) => {
      await eventually(`${count} messages have left the outbox`, () => settled.length >= count, 20_000);
    },
    connected: async (times = 1) => {
      await eventually(`connect number ${times}`, () => {
        const status = connection.status();
        return status.connected && status.connects >= times;
      }, 20_000);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await publishing;
      disconnect.abort();
      await ended;
    },
  };
}
