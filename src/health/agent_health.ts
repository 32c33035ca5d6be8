import type { BusStatus } from "../bus/connection.ts";
import type { DeliveryStatus } from "../bus/publisher.ts";
import type { ClusterIdentity } from "../cluster/cluster_identity.ts";
import type { WatchStatus } from "../events/event_watcher.ts";
import type { ServiceStatus } from "../lifecycle/run_services.ts";
import { MESSAGE_KINDS, type MessageKind } from "../outbox/outbound_message.ts";
import type { Condition, HealthSource } from "./health_state.ts";

/** What the health of the agent is made of. Parts that do not exist yet answer `null`. */
export interface AgentHealthParts {
  readonly version: string;
  readonly commit: string;
  readonly startedAtMs: number;
  readonly now: () => number;
  readonly identity: () => ClusterIdentity | null;
  /** Why the identity is not known yet. */
  readonly identityProblem: () => string | null;
  readonly bus: () => BusStatus | null;
  /** Kinds of messages that can't be delivered although NATS is connected. */
  readonly deliveries: () => readonly DeliveryStatus[];
  readonly watches: () => readonly WatchStatus[];
  readonly services: () => readonly ServiceStatus[];
  readonly queues: () => Readonly<Record<MessageKind, number>>;
  readonly queueLimit: number;
  /** Messages lost on purpose, by kind and reason. */
  readonly drops: () => Readonly<Record<string, number>>;
  /** Conditions of parts that only some configurations have: the spool, the stream, the checkpoint. */
  readonly moreConditions: () => readonly Condition[];
  /** Further parts of the status page. */
  readonly moreStatus: () => Readonly<Record<string, unknown>>;
  readonly metrics: HealthSource["metrics"];
}

/** Bookmarks come about once a minute and a watch lives ten at most: past this, nobody is there. */
const WATCH_SILENT_MS = 15 * 60_000;

/** Puts the answers of the health endpoints together. */
export function createAgentHealth(
  parts: AgentHealthParts,
): HealthSource & { readonly problems: () => readonly string[] } {
  function ready(): readonly Condition[] {
    return [
      identityCondition(parts),
      ...busConditions(parts.bus()),
      ...parts.deliveries().map(({ kind, detail }) => ({ name: `delivery of ${kind}`, ok: false, detail })),
      ...watchConditions(parts),
      ...serviceConditions(parts),
      ...parts.moreConditions(),
    ];
  }

  return {
    live: () => liveConditions(parts),
    ready,
    problems: () => ready().filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`),
    status: () => ({
      version: parts.version,
      commit: parts.commit,
      started_at: new Date(parts.startedAtMs).toISOString(),
      uptime_seconds: Math.round((parts.now() - parts.startedAtMs) / 1000),
      ready: ready().every(({ ok }) => ok),
      problems: ready().filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`),
      cluster: clusterStatus(parts.identity()),
      nats: parts.bus(),
      deliveries: parts.deliveries(),
      watches: parts.watches().map((watch) => ({
        ...watch,
        lastProgressMs: undefined,
        last_progress_age_seconds: watch.lastProgressMs === null ? null : (parts.now() - watch.lastProgressMs) / 1000,
      })),
      queues: Object.fromEntries(
        MESSAGE_KINDS.map((kind) => [kind, { size: parts.queues()[kind], limit: parts.queueLimit }]),
      ),
      drops: parts.drops(),
      services: parts.services(),
      ...parts.moreStatus(),
    }),
    metrics: parts.metrics,
  };
}

/** A restart helps against nothing but a part that hangs or has given up; NATS or the API server being away is neither. */
function liveConditions(parts: AgentHealthParts): readonly Condition[] {
  const stuck = parts.watches().find(({ state, lastProgressMs }) =>
    state !== "interrupted" && lastProgressMs !== null && parts.now() - lastProgressMs > 2 * WATCH_SILENT_MS
  );
  return [
    { name: "process", ok: true, detail: "answers" },
    stuck === undefined ? { name: "watch", ok: true, detail: "not stuck" } : {
      name: "watch",
      ok: false,
      detail: `${stuck.path} has made no progress for over ${
        2 * WATCH_SILENT_MS / 60_000
      } minutes and does not recover`,
    },
  ];
}

function identityCondition(parts: AgentHealthParts): Condition {
  const identity = parts.identity();
  return identity === null
    ? { name: "cluster", ok: false, detail: parts.identityProblem() ?? "finding out which cluster this is" }
    : { name: "cluster", ok: true, detail: identity.id };
}

function busConditions(bus: BusStatus | null): readonly Condition[] {
  if (bus === null) return [{ name: "nats", ok: false, detail: "waits for the cluster's id" }];
  if (!bus.connected) return [{ name: "nats", ok: false, detail: `not connected: ${bus.lastError ?? "connecting"}` }];
  const connected = { name: "nats", ok: true, detail: `connected to ${bus.server}` };
  return [connected, ...bus.refusals.map((detail) => ({ name: "nats permission", ok: false, detail }))];
}

function watchConditions(parts: AgentHealthParts): readonly Condition[] {
  return parts.watches().map(({ path, state, lastProgressMs, lastError }) => {
    const name = `watch ${path}`;
    if (state === "interrupted") return { name, ok: false, detail: lastError ?? "interrupted" };
    if (lastProgressMs === null) return { name, ok: false, detail: "listing for the first time" };
    const silentMs = parts.now() - lastProgressMs;
    if (silentMs > WATCH_SILENT_MS) {
      return { name, ok: false, detail: `no progress for ${Math.round(silentMs / 1000)} s` };
    }
    return { name, ok: true, detail: state };
  });
}

function serviceConditions(parts: AgentHealthParts): readonly Condition[] {
  return parts.services()
    .filter(({ state }) => state === "restarting" || state === "failed")
    .map(({ name, state, lastError }) => ({
      name: `service ${name}`,
      ok: false,
      detail: `${state}: ${lastError ?? "no reason"}`,
    }));
}

function clusterStatus(identity: ClusterIdentity | null): Record<string, unknown> | null {
  if (identity === null) return null;
  const { id, source, provider, name, region } = identity;
  return { id, source, provider, name, region };
}
