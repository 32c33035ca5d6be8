import { createHeartbeat } from "../bus/heartbeat.ts";
import { createRegistrationListener } from "../bus/hear_registrations.ts";
import { addHeard, findIdentityClashes, type HeardRegistration } from "../cluster/identity_clash.ts";
import { identityClashEvent } from "../cluster/identity_notice.ts";
import type { Config } from "../config/config_schema.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { AgentPart } from "../lifecycle/part.ts";
import type { Service } from "../lifecycle/service.ts";
import { eventMessage } from "../outbox/event_message.ts";
import type { AgentInfo } from "../wire/agent_info.ts";
import type { Heartbeat } from "../wire/heartbeat.ts";
import type { AgentContext } from "./agent_context.ts";
import type { BusPart } from "./bus_part.ts";
import type { IdentityPart } from "./identity_part.ts";
import type { OutboxPart } from "./outbox_part.ts";

export interface PresenceOptions {
  readonly bus: BusPart;
  readonly outbox: OutboxPart;
  readonly identity: IdentityPart;
  readonly version: string;
  /** Tells this process from others that report for the same cluster. */
  readonly instance: string;
  /** What keeps the agent from being ready. */
  readonly problems: () => readonly string[];
  /** Commands that wait for a free runner. */
  readonly queuedCommands: () => number;
}

/** How often what was heard is judged again: a second agent counts only after a rollout's time. */
const JUDGE_MS = 10_000;

/** The agent's presence on the bus: it registers, beats, and notices others who use its cluster's id. */
export function createPresencePart(context: AgentContext, options: PresenceOptions): AgentPart {
  const { config, clock, subject } = context;
  const { bus, outbox } = options;
  const info = () => agentInfo(context, options);
  let heard: readonly HeardRegistration[] = [];
  const heartbeat = createHeartbeat({
    clock,
    intervalMs: config.heartbeat_interval,
    subject,
    session: bus.connection.session,
    sessionChanged: bus.connection.changed,
    agentInfo: info,
    heartbeat: () => heartbeatNow(context, options),
    onStale: () => outbox.countDrop("heartbeat", "stale"),
  });
  const listener = createRegistrationListener({
    connection: bus.connection,
    subject: subject("register"),
    onHeard: (registration) => heard = addHeard(heard, { info: registration, heardAtMs: clock.now() }),
  });
  return {
    name: "presence",
    services: [heartbeat, listener, createIdentityWatch(context, outbox, info, () => heard)],
    conditions: () => [],
    status: () => ({}),
    refreshGauges() {},
  };
}

/** Tells that somebody else uses this cluster's id: log, metric, one event each. */
function createIdentityWatch(
  { clock, telemetry, clusterId, subject }: AgentContext,
  outbox: OutboxPart,
  ownInfo: () => AgentInfo,
  heard: () => readonly HeardRegistration[],
): Service {
  const log = createLogger("cluster");
  const told = new Set<string>();
  return {
    name: "identity_watch",
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(JUDGE_MS, signal).catch(() => {});
        if (signal.aborted) return;
        for (const clash of findIdentityClashes(ownInfo(), heard(), clock.now())) {
          const key = `${clash.kind} ${clash.other}`;
          if (told.has(key)) continue;
          told.add(key);
          telemetry.identityClashes.inc({ kind: clash.kind });
          log.error("Somebody else uses this cluster's id", { kind: clash.kind, detail: clash.message });
          const event = identityClashEvent(clusterId, clash, clock.now());
          await outbox.writer.put(eventMessage(event, subject("event")), signal);
        }
      }
    },
  };
}

function agentInfo(context: AgentContext, { identity, version, instance }: PresenceOptions): AgentInfo {
  const cluster = identity.identity();
  return {
    cluster_id: context.clusterId,
    id: context.clusterId,
    version,
    start_time: new Date(context.startedAtMs).toISOString(),
    instance,
    provider: cluster?.provider ?? null,
    cluster_name: cluster?.name ?? null,
    region: cluster?.region ?? null,
    cluster_uid: identity.clusterUid(),
    capabilities: capabilitiesOf(context.config),
  };
}

function capabilitiesOf(config: Config): string[] {
  return [
    ...(config.enable_events ? ["event_watch"] : []),
    ...(config.enable_metrics ? ["metrics_collect"] : []),
    ...(config.enable_commands ? ["command_execute"] : []),
  ];
}

function heartbeatNow(context: AgentContext, options: PresenceOptions): Heartbeat {
  const problems = options.problems();
  const queues = options.outbox.queues();
  const nowMs = context.clock.now();
  return {
    cluster_id: context.clusterId,
    agent_id: context.clusterId,
    timestamp: new Date(nowMs).toISOString(),
    status: problems.length === 0 ? "healthy" : "degraded",
    metrics: {
      event_queue_size: queues.event,
      metrics_queue_size: queues.metrics,
      command_queue_size: options.queuedCommands(),
      result_queue_size: queues.result,
      uptime_seconds: Math.round((nowMs - context.startedAtMs) / 1000),
    },
    ...(problems.length === 0 ? {} : { reasons: [...problems] }),
  };
}
