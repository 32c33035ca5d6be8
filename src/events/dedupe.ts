import { compareResourceVersions } from "../kube/resource_version.ts";
import type { Severity } from "../wire/severity.ts";
import type { Fault } from "./classification.ts";
import type { ClusterEvent } from "./cluster_event.ts";

/** What was last reported of one fault on one object. */
export interface ReportedState {
  readonly atMs: number;
  readonly severity: Severity;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly count: number;
  readonly lastSeenMs: number;
}

/** An event that is a fault, on its way to a report; `T` is what the caller needs back with it. */
export interface Sighting<T> {
  readonly event: ClusterEvent;
  readonly fault: Fault;
  readonly tag: T;
}

/**
 * What a sighting is: the fault's first report, a repeat that is reported now, one that is held until its window ends, or
 * nothing new at all (an edit of labels, or a copy of what was already reported).
 */
export type Occurrence = "first" | "repeat" | "held" | "unchanged";

/** The judgement of one sighting, and what it means for others. */
export interface Judgement<T> {
  readonly occurrence: Occurrence;
  /** A held sighting that this one takes the place of: it will not be reported itself. */
  readonly superseded: Sighting<T> | null;
  /** A held sighting of another fault that must be reported now: the memory needed its place. */
  readonly displaced: Sighting<T> | null;
}

export interface DedupeOptions {
  /** Repeats of one fault inside the window collapse into one report at its end; 0 reports each. */
  readonly windowMs: number;
  /** Faults remembered; the one that was reported longest ago is forgotten first. */
  readonly limit: number;
}

interface Remembered<T> {
  reported: ReportedState;
  /** The newest state that the outbox has vouched for: the only one that may outlive this process. */
  settled: ReportedState | null;
  held: Sighting<T> | null;
}

/** Dedupe memory as it is kept in the checkpoint: key and state. */
export type DedupeSnapshot = readonly (readonly [string, ReportedState])[];

/**
 * Tells first occurrences from repeats. The key is the object, the reason and the rule; neither uid nor message, because
 * a writer that restarts makes a new Event of the same fault, and messages vary.
 */
export function createDedupe<T>(options: DedupeOptions): Dedupe<T> {
  const memory = new Map<string, Remembered<T>>();
  const heldKeys = new Set<string>();

  function remember(key: string, entry: Remembered<T>): Sighting<T> | null {
    memory.delete(key);
    memory.set(key, entry); // Map keeps insertion order: the oldest report is first
    if (memory.size <= options.limit) return null;
    for (const [oldestKey, oldest] of memory) {
      memory.delete(oldestKey);
      heldKeys.delete(oldestKey);
      return oldest.held;
    }
    return null;
  }

  return {
    see(sighting, nowMs) {
      const { event, fault } = sighting;
      const key = faultKey(event, fault);
      const known = memory.get(key);
      if (known === undefined) {
        const displaced = remember(key, { reported: stateOf(sighting, nowMs), settled: null, held: null });
        return { occurrence: "first", superseded: null, displaced };
      }
      const superseded = known.held;
      const newest = superseded === null ? known.reported : stateOf(superseded, nowMs);
      if (!isNews(newest, event)) return { occurrence: "unchanged", superseded: null, displaced: null };
      if (nowMs - known.reported.atMs < options.windowMs && fault.severity === known.reported.severity) {
        known.held = sighting;
        heldKeys.add(key);
        return { occurrence: "held", superseded, displaced: null };
      }
      heldKeys.delete(key);
      known.reported = stateOf(sighting, nowMs);
      known.held = null;
      return { occurrence: "repeat", superseded, displaced: remember(key, known) };
    },
    due(nowMs) {
      const due: Sighting<T>[] = [];
      for (const key of heldKeys) {
        const entry = memory.get(key);
        if (entry === undefined || entry.held === null || nowMs - entry.reported.atMs < options.windowMs) continue;
        due.push(entry.held);
        heldKeys.delete(key);
        entry.reported = stateOf(entry.held, nowMs);
        entry.held = null;
        remember(key, entry);
      }
      return due;
    },
    settlement({ event, fault }) {
      const entry = memory.get(faultKey(event, fault));
      const state = entry?.reported;
      if (state?.uid !== event.uid || state.resourceVersion !== event.resourceVersion) return () => {};
      return () => {
        if (entry?.reported === state) entry.settled = state;
      };
    },
    held: () => heldKeys.size,
    size: () => memory.size,
    snapshot(limit) {
      const kept: (readonly [string, ReportedState])[] = [];
      for (const [key, entry] of [...memory].reverse()) {
        if (kept.length >= limit) break;
        if (entry.settled !== null) kept.push([key, entry.settled]);
      }
      return kept.reverse();
    },
    restore(snapshot) {
      for (const [key, state] of snapshot) remember(key, { reported: state, settled: state, held: null });
    },
  };
}

export interface Dedupe<T> {
  /** Judges a sighting and remembers it. */
  see(sighting: Sighting<T>, nowMs: number): Judgement<T>;
  /** Takes out the held sightings whose window is over; they count as reported now. */
  due(nowMs: number): readonly Sighting<T>[];
  /** What to call once the report of `sighting` is safe. It holds no event, since it waits as long as the report does. */
  settlement(sighting: Sighting<T>): () => void;
  held(): number;
  size(): number;
  /** The newest `limit` settled states, oldest first. */
  snapshot(limit: number): DedupeSnapshot;
  restore(snapshot: DedupeSnapshot): void;
}

/** The identity of a fault: the same object and reason under the same rule. */
export function faultKey(event: ClusterEvent, fault: Fault): string {
  const { kind, namespace, name, fieldPath } = event.involvedObject;
  return `${kind}\n${namespace}\n${name}\n${fieldPath}\n${event.reason}\n${fault.rule}`;
}

function stateOf<T>({ event, fault }: Sighting<T>, atMs: number): ReportedState {
  return {
    atMs,
    severity: fault.severity,
    uid: event.uid,
    resourceVersion: event.resourceVersion,
    count: event.count,
    lastSeenMs: event.lastSeenMs ?? 0,
  };
}

/**
 * Whether `event` says that the fault happened again since `known`. For another Event object (a writer that restarted)
 * always, unless it is older by version and no later by time: after a restore from a backup versions are lower and only
 * the time tells. For the same one only with a higher count or a later time: counts are never compared across uids, and
 * never subtracted.
 */
function isNews(known: ReportedState, event: ClusterEvent): boolean {
  const order = compareResourceVersions(event.resourceVersion, known.resourceVersion);
  if (order === 0 && event.uid === known.uid) return false;
  const later = (event.lastSeenMs ?? 0) > known.lastSeenMs;
  if (event.uid !== known.uid) return order === null || order > 0 || later;
  return event.count > known.count || later;
}
