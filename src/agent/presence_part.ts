import { createHeartbeat } from "../bus/heartbeat.ts";
import { createRegistrationListener } from "../bus/hear_registrations.ts";
import { addHeard, type HeardRegistration } from "../cluster/identity_clash.ts";
import type { AgentPart } from "../lifecycle/part.ts";
import type { Heartbeat } from "../wire/heartbeat.ts";
import type { AgentContext } from "./agent_context.ts";
import { agentInfoOf, leaderFields, type SelfOptions } from "./agent_info_of.ts";
import type { BusPart } from "./bus_part.ts";
import type { EventPart } from "./event_part.ts";
import { createIdentityWatch } from "./identity_watch.ts";
import type { OutboxPart } from "./outbox_part.ts";

interface PresenceOptions extends SelfOptions {
  readonly bus: BusPart;
  readonly outbox: OutboxPart;
  /** What keeps the agent from being ready. */
  readonly problems: () => readonly string[];
  /** Commands that wait for a free runner. */
  readonly queuedCommands: () => number;
  /** `null` where events are not watched. */
  readonly events: EventPart | null;
}

/** The agent's presence on the bus: it registers, beats, and notices others who use its cluster's id. */
export function createPresencePart(context: AgentContext, options: PresenceOptions): AgentPart {
  const { config, clock, clusterId, subject, telemetry, leadership } = context;
  const { bus, outbox } = options;
  const info = () => agentInfoOf(context, options);
  let heard: readonly HeardRegistration[] = [];
  const heartbeat = createHeartbeat({
    clock,
    intervalMs: config.heartbeat_interval,
    subject,
    session: bus.connection.session,
    sessionChanged: bus.connection.changed,
    agentInfo: info,
    heartbeat: (stopping) => heartbeatNow(context, options, stopping),
    mayBeat: leadership.isValid,
    epoch: leadership.epoch,
    onStale: () => outbox.countDrop("heartbeat", "stale"),
  });
  const listener = createRegistrationListener({
    connection: bus.connection,
    subject: subject("register"),
    onHeard: (registration) => heard = addHeard(heard, { info: registration, heardAtMs: clock.now() }),
  });
  const identityWatch = createIdentityWatch({
    clock,
    clusterId,
    eventSubject: subject("event"),
    outbox: outbox.writer,
    ownInfo: info,
    heard: () => heard,
    onClash: (kind) => telemetry.identityClashes.inc({ kind }),
  });
  return {
    name: "presence",
    services: [heartbeat, listener, identityWatch],
    conditions: () => [],
    status: () => ({}),
    refreshGauges() {},
  };
}

function lastHourOf(events: EventPart): Partial<Heartbeat> {
  const { faults, topRules, gaps } = events.lastHour();
  return {
    faults_1h: faults,
    top_rules_1h: [...topRules],
    gaps_1h: gaps,
    watch_lag_seconds: events.watchLagSeconds(),
  };
}

function heartbeatNow(context: AgentContext, options: PresenceOptions, stopping: boolean): Heartbeat {
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
    instance: options.instance,
    ...leaderFields(context),
    ...(stopping ? { stopping } : {}),
    ...(problems.length === 0 ? {} : { reasons: [...problems] }),
    version: options.version,
    interval_seconds: context.config.heartbeat_interval / 1000,
    dropped_total: options.outbox.dropped(),
    ...(options.events === null ? {} : lastHourOf(options.events)),
  };
}
