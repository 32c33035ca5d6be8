import type { AgentInfo } from "../wire/agent_info.ts";
import type { Heartbeat, HeartbeatSource } from "../wire/heartbeat.ts";

/** Something an agent said, and when the server took it, by the server's own clock. */
export interface Heard<T> {
  readonly value: T;
  readonly atMs: number;
}

/** What is stored of one cluster. */
export interface ClusterEntry {
  readonly id: string;
  /** Its last registration. */
  readonly register: Heard<AgentInfo> | null;
  /** Its last heartbeat. */
  readonly beat: Heard<Heartbeat> | null;
  /** Whose the heartbeats before that were, newest first. */
  readonly earlier: readonly HeartbeatSource[];
}

/**
 * How a cluster's agent does. `fresh`: it beats. `degraded`: it beats and says what is wrong. `stale`: it has missed two
 * beats. `lost`: it has missed ten. `stopped`: it said that it stops. `duplicate`: two agents beat under one id.
 */
export const CLUSTER_STATES = ["fresh", "degraded", "stale", "lost", "stopped", "duplicate"] as const;
export type ClusterState = (typeof CLUSTER_STATES)[number];

/** One cluster as a person or program looks at it. What the agent does not say is `null`, never 0. */
export interface ClusterView {
  readonly id: string;
  readonly name: string | null;
  readonly provider: string | null;
  readonly region: string | null;
  readonly version: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: ClusterState;
  /** Time since the last beat, by the server's clock. */
  readonly beatAgeMs: number | null;
  readonly faults1h: Heartbeat["faults_1h"] | null;
  readonly queue: number | null;
  readonly watchLagSeconds: number | null;
  readonly droppedTotal: number | null;
  readonly reasons: readonly string[];
  /** The agent's clock is this far from the server's; told above half a minute. */
  readonly skewMs: number | null;
}

/** An agent that does not say how often it beats uses the default. */
const DEFAULT_INTERVAL_MS = 30_000;
const FRESH_INTERVALS = 2.5;
const STALE_INTERVALS = 10;
const SKEW_LIMIT_MS = 30_000;

/** What `entry` says at `nowMs`, the server's clock. Pure: the same entry and time give the same view. */
export function viewCluster(entry: ClusterEntry, nowMs: number): ClusterView {
  const { id, register, beat: last } = entry;
  const info = register?.value ?? null;
  const beat = last?.value ?? null;
  const skewMs = last === null ? null : Math.round(Date.parse(last.value.timestamp) - last.atMs);
  return {
    id,
    name: info?.cluster_name ?? null,
    provider: info?.provider ?? null,
    region: info?.region ?? null,
    version: beat?.version ?? info?.version ?? null,
    labels: info?.labels ?? {},
    state: stateOf(entry, nowMs),
    beatAgeMs: last === null ? null : Math.max(0, nowMs - last.atMs),
    faults1h: beat?.faults_1h ?? null,
    queue: beat === null ? null : beat.metrics.event_queue_size,
    watchLagSeconds: beat?.watch_lag_seconds ?? null,
    droppedTotal: beat?.dropped_total ?? null,
    reasons: beat?.reasons ?? [],
    skewMs: skewMs !== null && Math.abs(skewMs) > SKEW_LIMIT_MS ? skewMs : null,
  };
}

function stateOf({ beat: last, earlier }: ClusterEntry, nowMs: number): ClusterState {
  if (last === null) return "lost"; // it registered once, and no beat is kept any more
  if (last.value.stopping === true) return "stopped";
  const intervalMs = (last.value.interval_seconds ?? DEFAULT_INTERVAL_MS / 1000) * 1000;
  const age = nowMs - last.atMs;
  if (age > STALE_INTERVALS * intervalMs) return "lost";
  if (age > FRESH_INTERVALS * intervalMs) return "stale";
  if (alternates([last.value, ...earlier])) return "duplicate";
  return last.value.status === "degraded" ? "degraded" : "fresh";
}

/**
 * Whether an instance beats again after another one did. A restart or a hand-over never goes back to the earlier one,
 * unless replicas of one Lease take turns: then the epoch has grown with each turn.
 */
function alternates(newestFirst: readonly HeartbeatSource[]): boolean {
  const turns = newestFirst.filter(({ instance }) => instance)
    .filter((beat, at, all) => at === 0 || beat.instance !== all[at - 1]?.instance);
  const goesBack = new Set(turns.map(({ instance }) => instance)).size < turns.length;
  if (!goesBack) return false;
  const epochs = turns.map(({ epoch }) => epoch);
  return !epochs.every((epoch, at) => epoch !== undefined && (at === 0 || isOlder(epoch, epochs[at - 1] ?? "")));
}

/** Epochs are resourceVersions: decimal numbers of any length. */
const isOlder = (a: string, b: string) => a.length === b.length ? a < b : a.length < b.length;
