import type { SubjectKind } from "../wire/subject.ts";

/** A stream of the fleet as it should be. Times are milliseconds; the server's own defaults stand for what is not here. */
export interface FleetStream {
  readonly name: string;
  readonly description: string;
  readonly kinds: readonly SubjectKind[];
  readonly maxPerSubject: number;
  readonly maxAgeMs: number;
  /** 0: copies are kept, which is right where only the last few messages count. */
  readonly duplicateWindowMs: number;
  readonly maxBytes: number;
  readonly compression: "none" | "s2";
  /** Whether it opens as the key-value bucket that its name says, `KV_<bucket>`. */
  readonly bucket: string | null;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const GIB = 2 ** 30;

/** The bucket with the state of the fleet. */
export const FLEET_BUCKET = "agents";

/**
 * What `agent fleet setup` makes. Events, metrics and results have a stream each, so that metrics, which are most of the
 * bytes, never push events out; limits by subject keep a flooding cluster from pushing out more than its own.
 */
export const FLEET_STREAMS: readonly FleetStream[] = [
  {
    name: `KV_${FLEET_BUCKET}`,
    description: "The last registrations and heartbeats of every agent",
    kinds: ["register", "heartbeat"],
    maxPerSubject: 4, // two agents that alternate under one id show in the first look
    maxAgeMs: 7 * DAY_MS,
    duplicateWindowMs: 0,
    maxBytes: GIB,
    compression: "none",
    bucket: FLEET_BUCKET,
  },
  {
    name: "AGENT_EVENTS",
    description: "Events of all agents, and updates of their incidents",
    kinds: ["event", "events", "update"],
    maxPerSubject: 10_000,
    maxAgeMs: 7 * DAY_MS,
    duplicateWindowMs: 15 * 60_000, // as long as a restarted agent with a checkpoint may take; see docs/delivery.md
    maxBytes: 20 * GIB,
    compression: "s2",
    bucket: null,
  },
  {
    name: "AGENT_METRICS",
    description: "Cluster reports of all agents",
    kinds: ["metrics"],
    maxPerSubject: 120,
    maxAgeMs: DAY_MS,
    duplicateWindowMs: 15 * 60_000,
    maxBytes: 20 * GIB,
    compression: "s2",
    bucket: null,
  },
  {
    name: "AGENT_RESULTS",
    description: "Results of commands",
    kinds: ["result"],
    maxPerSubject: 1_000,
    maxAgeMs: 30 * DAY_MS,
    duplicateWindowMs: 15 * 60_000,
    maxBytes: 5 * GIB,
    compression: "s2",
    bucket: null,
  },
];
