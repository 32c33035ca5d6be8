import { compareResourceVersions } from "../kube/resource_version.ts";
import type { Severity } from "../wire/severity.ts";
import type { Fault } from "./classification.ts";
import type { ClusterEvent } from "./cluster_event.ts";
import { boundKey, keyWithoutShape } from "./fault_key.ts";

/** What was last reported of one fault on one object. */
interface ReportedState {
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
  /** `faultKey` of both. */
  readonly key: string;
  readonly tag: T;
}

/**
 * What a sighting is: the fault's first report, a repeat that is reported now, one that is held until its window ends, or
 * nothing new at all (an edit of labels, or a copy of what was already reported).
 */
type Occurrence = "first" | "repeat" | "held" | "unchanged";

/** The judgement of one sighting, and what it means for others. */
export interface Judgement<T> {
  readonly occurrence: Occurrence;
  /** A held sighting that this one takes the place of: it will not be reported itself. */
  readonly superseded: Sighting<T> | null;
  /** A held sighting of another fault that must be reported now: the memory needed its place. */
  readonly displaced: Sighting<T> | null;
}

interface DedupeOptions {
  /** Repeats of one fault inside the window collapse into one report at its end; 0 reports each. */
  readonly windowMs: number;
  /** Faults remembered; the one that was reported longest ago is forgotten first. */
  readonly limit: number;
}

/** Dedupe memory as it is kept in the checkpoint: key and state. */
type DedupeSnapshot = readonly (readonly [string, ReportedState])[];

/**
 * Tells first occurrences from repeats by the key of a sighting: the object, the reason and the rule, and the shape of the
 * message where nothing else tells findings apart. Neither uid nor message, because a writer that restarts makes a new
 * Event of the same fault, and messages vary.
 */
export function createDedupe<T>(options: DedupeOptions): Dedupe<T> {
  /** What was last reported, packed, by fault; the report of longest ago is first, as a Map keeps its order. */
  const reported = new Map<string, string>();
  /** Of faults whose last report nobody has vouched for yet: the newest that somebody has, or `null`. */
  const unsettled = new Map<string, string | null>();
  const held = new Map<string, Sighting<T>>();
  /** What was reported last: nearly always what is asked about next, without reading its state again. */
  let latest: { readonly sighting: Sighting<T>; readonly packed: string } | null = null;

  /** Returns the held sighting of the fault that had to be forgotten for this one. */
  function remember(key: string, packed: string): Sighting<T> | null {
    reported.delete(key);
    reported.set(key, packed);
    if (reported.size <= options.limit) return null;
    for (const oldest of reported.keys()) {
      const displaced = held.get(oldest) ?? null;
      reported.delete(oldest);
      unsettled.delete(oldest);
      held.delete(oldest);
      return displaced;
    }
    return null;
  }

  function report(key: string, sighting: Sighting<T>, nowMs: number): Sighting<T> | null {
    if (!unsettled.has(key)) unsettled.set(key, reported.get(key) ?? null);
    held.delete(key);
    const packed = pack(stateOf(sighting, nowMs));
    latest = { sighting, packed };
    return remember(key, packed);
  }

  /** Whether a version that told no findings apart has reported this event, or a later one of its reason. */
  function isKnownWithoutShape(key: string, event: ClusterEvent): boolean {
    const older = keyWithoutShape(key);
    const packed = older === null ? undefined : reported.get(older);
    return packed !== undefined && !isNews(unpack(packed), event);
  }

  return {
    see(sighting, nowMs, readAgain = false) {
      const { event, fault, key } = sighting;
      const packed = reported.get(key);
      if (packed === undefined) {
        if (isKnownWithoutShape(key, event)) return { occurrence: "unchanged", superseded: null, displaced: null };
        return { occurrence: "first", superseded: null, displaced: report(key, sighting, nowMs) };
      }
      const known = unpack(packed);
      const superseded = held.get(key) ?? null;
      const newest = superseded === null ? known : stateOf(superseded, nowMs);
      if (!isNews(newest, event)) return { occurrence: "unchanged", superseded: null, displaced: null };
      const waits = options.windowMs > 0 && (readAgain || nowMs - known.atMs < options.windowMs);
      if (waits && fault.severity === known.severity) {
        held.set(key, sighting);
        return { occurrence: "held", superseded, displaced: null };
      }
      return { occurrence: "repeat", superseded, displaced: report(key, sighting, nowMs) };
    },
    due(nowMs, mayBeReported = () => true) {
      const due: Sighting<T>[] = [];
      for (const [key, sighting] of held) {
        if (!mayBeReported(sighting)) continue;
        const packed = reported.get(key);
        if (packed === undefined || nowMs - unpack(packed).atMs < options.windowMs) continue;
        due.push(sighting);
        report(key, sighting, nowMs);
      }
      return due;
    },
    settlement(sighting) {
      const { event, key } = sighting;
      const packed = reported.get(key);
      if (packed === undefined) return () => {};
      if (latest?.sighting !== sighting || latest.packed !== packed) {
        const { uid, resourceVersion } = unpack(packed);
        if (uid !== event.uid || resourceVersion !== event.resourceVersion) return () => {};
      }
      latest = null;
      return () => {
        if (reported.get(key) === packed) unsettled.delete(key);
      };
    },
    held: () => held.size,
    size: () => reported.size,
    snapshot(limit) {
      const kept: (readonly [string, ReportedState])[] = [];
      let old = reported.size - limit - unsettled.size; // the newest are enough, even if none of the unsettled counts
      for (const [key, packed] of reported) {
        if (old-- > 0) continue;
        const settled = unsettled.has(key) ? unsettled.get(key) ?? null : packed;
        if (settled !== null) kept.push([key, unpack(settled)]);
      }
      return kept.slice(-limit);
    },
    restore(snapshot) {
      for (const [key, state] of snapshot) remember(boundKey(key), pack(state)); // older versions kept keys of any length
    },
  };
}

export interface Dedupe<T> {
  /**
   * Judges a sighting and remembers it. `readAgain`: its watch still reads what happened before it was opened, so newer
   * counts may follow at once: a repeat is held however old the last report is, or each of them would be reported.
   */
  see(sighting: Sighting<T>, nowMs: number, readAgain?: boolean): Judgement<T>;
  /** Takes out the held sightings that may be reported and whose window is over; they count as reported now. */
  due(nowMs: number, mayBeReported?: (sighting: Sighting<T>) => boolean): readonly Sighting<T>[];
  /** What to call once the report of `sighting` is safe. It holds no event, since it waits as long as the report does. */
  settlement(sighting: Sighting<T>): () => void;
  held(): number;
  size(): number;
  /** The newest `limit` settled states, oldest first. */
  snapshot(limit: number): DedupeSnapshot;
  restore(snapshot: DedupeSnapshot): void;
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
 * A state as text. Two strings a fault, and not a handful of objects: eight thousand of these live as long as the process,
 * and each full collection of the heap walks all of them.
 */
function pack(state: ReportedState): string {
  const { atMs, severity, uid, resourceVersion, count, lastSeenMs } = state;
  return JSON.stringify([atMs, severity, uid, resourceVersion, count, lastSeenMs]);
}

function unpack(packed: string): ReportedState {
  const [atMs, severity, uid, resourceVersion, count, lastSeenMs] = JSON.parse(packed);
  return { atMs, severity, uid, resourceVersion, count, lastSeenMs };
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
