import { Buffer } from "node:buffer";
import * as z from "zod/mini";
import { compareResourceVersions } from "../kube/resource_version.ts";
import { compact } from "../lifecycle/compact.ts";
import { severitySchema } from "../wire/severity.ts";
import type { Dedupe } from "./dedupe.ts";
import type { SightingTag } from "./event_reporter.ts";
import { GAP_REASON_NAMES } from "../wire/gap_reason.ts";
import type { Gap } from "./gap.ts";
import type { WatchProgress } from "./watch_progress.ts";

const reportedStateSchema = z.object({
  atMs: z.number(),
  severity: severitySchema,
  uid: z.string(),
  resourceVersion: z.string(),
  count: z.number(),
  lastSeenMs: z.number(),
});

const gapSchema = z.object({
  reason: z.enum(GAP_REASON_NAMES),
  fromMs: z.number(),
  toMs: z.number(),
  lost: z.number(),
});

/** What outlives the process: where each watch may go on from, and what was reported of late. */
export const eventCheckpointSchema = z.object({
  /** Up to this time everything that was read is safe. */
  savedAtMs: z.number(),
  /** Collection path to resourceVersion. */
  versions: z.record(z.string(), z.string()),
  reported: z.array(z.tuple([z.string(), reportedStateSchema])),
  /** Losses that nobody has been told of yet. */
  gaps: z.optional(z.array(gapSchema)),
});
export type EventCheckpoint = z.infer<typeof eventCheckpointSchema>;

/** About 250 bytes each, where nobody makes them longer on purpose. */
const REPORTED_LIMIT = 1_000;
/** All of them as JSON: a ConfigMap takes 1 MiB, and others keep something there too. */
const REPORTED_LIMIT_BYTES = 256 * 1024;

type Reported = EventCheckpoint["reported"][number];

/** The newest that keep to both limits, of what is sorted oldest first; an older checkpoint may hold keys of a megabyte. */
function newestWithin(reported: readonly Reported[]): Reported[] {
  let from = reported.length;
  let bytes = 2; // the brackets
  while (from > 0 && reported.length - from < REPORTED_LIMIT) {
    bytes += Buffer.byteLength(JSON.stringify(reported[from - 1])) + 1;
    if (bytes > REPORTED_LIMIT_BYTES) break;
    from--;
  }
  return reported.slice(from);
}

/** The checkpoint now. Taken in one go, so that version and memory belong together. */
export function captureCheckpoint(
  watches: ReadonlyMap<string, WatchProgress>,
  dedupe: Dedupe<SightingTag>,
  gaps: readonly Gap[],
  nowMs: number,
): EventCheckpoint {
  const versions: Record<string, string> = {};
  let savedAtMs = nowMs;
  for (const [path, progress] of watches) {
    savedAtMs = Math.min(savedAtMs, progress.unsafeSinceMs() ?? nowMs);
    const version = progress.safeVersion();
    if (version !== null) versions[path] = version;
  }
  const reported = dedupe.snapshot(REPORTED_LIMIT).map(([key, state]): Reported => [key, state]);
  return { savedAtMs, versions, reported: newestWithin(reported), ...(gaps.length === 0 ? {} : { gaps: [...gaps] }) };
}

/** The checkpoint of a process whose clock was behind by `aheadMs`, in the time of this one. What Events say stays as it is. */
export function moveCheckpoint(checkpoint: EventCheckpoint, aheadMs: number): EventCheckpoint {
  const { savedAtMs, reported, gaps } = checkpoint;
  return {
    ...checkpoint,
    savedAtMs: savedAtMs + aheadMs,
    reported: reported.map(([key, state]): Reported => [key, { ...state, atMs: state.atMs + aheadMs }]),
    ...compact({ gaps: gaps?.map((gap) => ({ ...gap, fromMs: gap.fromMs + aheadMs, toMs: gap.toMs + aheadMs })) }),
  };
}

/**
 * Joins the checkpoints of two copies of the agent. What one of them has delivered is delivered: the newer version of each
 * watch and the newer report of each fault count. One that can't be read counts for nothing.
 */
export function mergeCheckpoints(theirs: unknown, ours: unknown): unknown {
  const [a, b] = [eventCheckpointSchema.safeParse(theirs).data, eventCheckpointSchema.safeParse(ours).data];
  if (a === undefined || b === undefined) return ours;
  const versions: Record<string, string> = { ...a.versions, ...b.versions };
  const newer = Object.keys(a.versions).filter((path) => {
    const order = compareResourceVersions(a.versions[path] ?? "", b.versions[path] ?? "");
    return b.versions[path] === undefined || (order !== null && order > 0);
  });
  for (const path of newer) versions[path] = a.versions[path] ?? "";
  const reported = new Map(a.reported);
  for (const [key, state] of b.reported) {
    if ((reported.get(key)?.atMs ?? -Infinity) <= state.atMs) reported.set(key, state);
  }
  const newestLast = [...reported].sort(([, one], [, other]) => one.atMs - other.atMs);
  const savedAtMs = newer.length === 0 ? b.savedAtMs : Math.min(a.savedAtMs, b.savedAtMs);
  // Each copy tells its own; the ids of gaps are the same however often they are told.
  return {
    savedAtMs,
    versions,
    reported: newestWithin(newestLast),
    ...compact({ gaps: b.gaps }),
  } satisfies EventCheckpoint;
}
