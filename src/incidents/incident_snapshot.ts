import { Buffer } from "node:buffer";
import * as z from "zod/mini";
import { SEVERITIES } from "../wire/severity.ts";
import { CAUSE_KINDS } from "./fault.ts";
import { type Incident, NAMES_LIMIT, OPEN_FAULTS_LIMIT, REPORT_IDS_LIMIT } from "./incident.ts";

const text = z.string().check(z.maxLength(1_024));
const texts = (limit: number) => z.array(text).check(z.maxLength(limit));

const keptSchema = z.object({
  id: text,
  key: text,
  family: text,
  namespace: text,
  object: z.object({ kind: text, name: text }),
  openedAtMs: z.number(),
  heardAtMs: z.number(),
  reports: z.number(),
  severity: z.enum(SEVERITIES),
  rules: texts(NAMES_LIMIT),
  reportIds: texts(REPORT_IDS_LIMIT),
  nodes: texts(NAMES_LIMIT),
  containers: texts(NAMES_LIMIT),
  template: z.nullish(text),
  causes: z.array(z.object({
    kind: z.enum(CAUSE_KINDS),
    object: text,
    atMs: z.number(),
    confidence: z.enum(["high", "medium"]),
    reason: text,
    incidentId: z.optional(text),
  })),
  openFaults: texts(OPEN_FAULTS_LIMIT),
  shared: text,
});
type Kept = z.infer<typeof keptSchema>;

/** The incidents that outlive the process, the one that was heard of longest ago first. */
export const incidentSnapshotSchema = z.object({ incidents: z.array(keptSchema) });
export type IncidentSnapshot = z.infer<typeof incidentSnapshotSchema>;

const KEPT_LIMIT = 512;
/** As JSON: a ConfigMap takes 1 MiB, and the checkpoint of the watch is there too. */
const KEPT_LIMIT_BYTES = 256 * 1024;

/** What to keep: the newest, within both limits. */
export function takeSnapshot(incidents: readonly Incident[]): IncidentSnapshot {
  const kept: Kept[] = [];
  let bytes = 0;
  for (const incident of incidents.toReversed()) {
    const one = keep(incident);
    bytes += Buffer.byteLength(JSON.stringify(one)) + 1;
    if (kept.length === KEPT_LIMIT || bytes > KEPT_LIMIT_BYTES) break;
    kept.push(one);
  }
  return { incidents: kept.reverse() };
}

function keep(
  { template, causes, rules, reportIds, nodes, containers, openFaults, object, ...incident }: Incident,
): Kept {
  return {
    ...incident,
    object: { ...object },
    rules: [...rules],
    reportIds: [...reportIds],
    nodes: [...nodes],
    containers: [...containers],
    causes: causes.map((cause) => ({ ...cause })),
    openFaults: [...openFaults],
    ...(template === undefined ? {} : { template }),
  };
}

/** What was kept, as it was. */
export function readSnapshot({ incidents }: IncidentSnapshot): readonly Incident[] {
  return incidents.map(({ template, causes, ...kept }) => ({
    ...kept,
    template,
    causes: causes.map(({ incidentId, ...cause }) => incidentId === undefined ? cause : { ...cause, incidentId }),
  }));
}

/** Joins what two copies of the agent kept: of each incident, what was heard last. One that can't be read counts for nothing. */
export function mergeSnapshots(theirs: unknown, ours: unknown): unknown {
  const read = (value: unknown) => incidentSnapshotSchema.safeParse(value).data?.incidents ?? [];
  const newest = new Map<string, Kept>();
  for (const incident of [...read(theirs), ...read(ours)]) {
    const known = newest.get(incident.key);
    if (known === undefined || known.heardAtMs <= incident.heardAtMs) newest.set(incident.key, incident);
  }
  const merged = [...newest.values()].sort((a, b) => a.heardAtMs - b.heardAtMs).slice(-KEPT_LIMIT);
  return { incidents: merged };
}
