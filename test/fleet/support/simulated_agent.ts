import { createBusPart } from "../../../src/agent/bus_part.ts";
import type { AgentContext } from "../../../src/agent/agent_context.ts";
import { createDiscoveryPart } from "../../../src/agent/discovery_part.ts";
import type { EventPart } from "../../../src/agent/event_part.ts";
import type { IdentityPart } from "../../../src/agent/identity_part.ts";
import { openOutboxPart } from "../../../src/agent/outbox_part.ts";
import { createPresencePart } from "../../../src/agent/presence_part.ts";
import { planServices } from "../../../src/agent/service_plan.ts";
import type { Sighting } from "../../../src/events/dedupe.ts";
import { encodeEvent } from "../../../src/events/encode_event.ts";
import type { SightingTag } from "../../../src/events/event_reporter.ts";
import { createHourlyCounts } from "../../../src/events/hourly_counts.ts";
import { problemsOf } from "../../../src/lifecycle/condition.ts";
import type { AgentPart } from "../../../src/lifecycle/part.ts";
import { createSupervisor } from "../../../src/lifecycle/supervisor.ts";
import { eventMessage } from "../../../src/outbox/event_message.ts";
import { createCommandAnswerer } from "./simulated_commands.ts";

/** The agent of one cluster, made of the program's own parts; what it lacks is the cluster itself. */
export interface SimulatedAgent {
  readonly clusterId: string;
  connected(): boolean;
  /** Faults as the watch would see them, put into the outbox; resolves once it has taken them. */
  report(sightings: Iterable<Sighting<SightingTag>>): Promise<void>;
  /** Reports that wait for the bus or for its word. */
  undelivered(): number;
  dropped(): number;
  stop(): Promise<void>;
}

interface SimulatedAgentOptions {
  readonly context: AgentContext;
  readonly instance: string;
  /** Told at each connect. */
  readonly onConnected: () => void;
}

const VERSION = "0.0.0-simulated";
/** Regions and providers as a fleet has them, so that a table of it is as wide as in earnest. */
const PROVIDERS = ["eks", "gke", "aks", "k3s"] as const;

/** Starts an agent: its connection, outbox, publisher, presence, discovery and commands. */
export async function startSimulatedAgent(options: SimulatedAgentOptions): Promise<SimulatedAgent> {
  const { context, instance } = options;
  const { clusterId, clock, telemetry } = context;
  const stop = new AbortController();
  const supervisor = createSupervisor({ clock, onRestart: (service) => telemetry.serviceRestarts.inc({ service }) });
  const counts = createHourlyCounts();
  const bus = createBusPart(context);
  bus.onChange(() => {
    if (bus.connection.session() !== null) options.onConnected();
  });
  const outbox = await openOutboxPart(context, bus, stop.signal);
  const self = { identity: identityOf(clusterId), version: VERSION, instance };
  const commands = createCommandAnswerer(context, bus, outbox);
  const parts: AgentPart[] = [bus, outbox, createDiscoveryPart(context, bus, self), commands];
  parts.push(createPresencePart(context, {
    ...self,
    bus,
    outbox,
    problems: () => problemsOf(parts.flatMap((part) => part.conditions())),
    queuedCommands: commands.queued,
    events: { ...NO_PART, name: "events", lastHour: () => counts.summary(clock.now()), watchLagSeconds: () => 0 },
  }));
  supervisor.start(planServices(parts));
  return {
    clusterId,
    connected: () => bus.connection.session() !== null,
    async report(sightings) {
      for (const { event, fault } of sightings) {
        const report = encodeEvent(clusterId, event, fault, "ADDED", clock.now());
        counts.countFault(fault.severity, fault.rule, clock.now());
        await outbox.writer.put(eventMessage(report.event, context.subject("event")), stop.signal);
      }
    },
    undelivered: outbox.undelivered,
    dropped: outbox.dropped,
    async stop() {
      await supervisor.stop();
      stop.abort();
    },
  };
}

const NO_PART: Omit<EventPart, "name" | "lastHour" | "watchLagSeconds"> = {
  opened: Promise.resolve(),
  services: [],
  conditions: () => [],
  status: () => ({}),
  refreshGauges() {},
};

/** What a cluster would have said of itself. */
function identityOf(id: string): IdentityPart {
  const number = Number(/\d+$/.exec(id)?.[0] ?? 0);
  const identity = {
    id,
    source: "configured",
    provider: PROVIDERS[number % PROVIDERS.length] ?? null,
    name: `cluster-${number}`,
    region: `region-${number % 12}`,
    evidence: [],
  };
  return {
    ...NO_PART,
    name: "identity",
    identify: () => Promise.resolve({ id, change: null }),
    identity: () => identity,
    clusterUid: () => null,
  };
}
