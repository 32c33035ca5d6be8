import * as z from "zod/mini";
import { causeSchema } from "./event.ts";
import { severitySchema } from "./severity.ts";
import { nanosecondsSchema, timeSchema } from "./time.ts";

/**
 * The fields that every update of an incident has. Updates go to `agent.update.<cluster_id>`, a subject of its own, so
 * that a central program that knows nothing of them never takes an end for a fault.
 */
const shared = {
  /** The same however often it is sent; also the `Nats-Msg-Id` header. */
  id: z.string(),
  cluster_id: z.string(),
  timestamp: timeSchema,
};

/** What an incident is about: the top owner, or the object itself. */
const incidentObjectSchema = z.object({ kind: z.string(), name: z.string() });

/** What ties an update to its incident. */
const ofIncident = {
  incident_id: z.string(),
  incident_key: z.string(),
  family: z.string(),
  namespace: z.string(),
  object: incidentObjectSchema,
  severity: severitySchema,
  opened_at: timeSchema,
  /** Reports of it. */
  reports: z.int(),
  caused_by: z.optional(z.readonly(z.array(causeSchema))),
};
/** Ids of its reports: the first 20. */
const eventIds = z.readonly(z.array(z.string()));

/** What was found out about an incident after its report. */
export const evidenceUpdateSchema = z.object({
  ...shared,
  kind: z.literal("evidence"),
  incident_id: z.string(),
  /** The report that it was gathered for. */
  event_id: z.optional(z.string()),
  evidence: z.looseObject({}),
  /** What is missing, and why: `forbidden`, `budget`, `gone`. */
  omitted: z.readonly(z.array(z.object({ part: z.string(), reason: z.string() }))),
  /** What it cost the API server. */
  cost: z.object({ requests: z.int(), bytes: z.int(), duration: nanosecondsSchema }),
  truncated: z.boolean(),
});
export type EvidenceUpdate = z.infer<typeof evidenceUpdateSchema>;

/** An incident is over: `objects` prove it, or they are `gone`. */
const resolvedUpdateSchema = z.object({
  ...shared,
  ...ofIncident,
  kind: z.literal("resolved"),
  ended_at: timeSchema,
  open_for: nanosecondsSchema,
  by: z.enum(["objects", "gone"]),
  /** In words: `10 of 10 pods ready for 10m`. */
  proof: z.string(),
  event_ids: eventIds,
});

/** Nothing new was heard of an incident for a while, and nothing can prove its end: this is not one. */
const quietUpdateSchema = z.object({
  ...shared,
  ...ofIncident,
  kind: z.literal("quiet"),
  last_report_at: timeSchema,
  event_ids: eventIds,
});

const countSchema = z.object({ name: z.string(), reports: z.int() });
const counted = z.readonly(z.array(countSchema));

/** Many reports at once, counted, so that nobody has to. Every report was sent all the same. */
const stormUpdateSchema = z.object({
  ...shared,
  kind: z.literal("storm"),
  /** The time that the figures cover. */
  window: nanosecondsSchema,
  reports: z.int(),
  /** Incidents that opened in that time. */
  incidents: z.int(),
  /** The five with the most reports of each. */
  categories: counted,
  nodes: counted,
  namespaces: counted,
  shared_causes: counted,
  /** Incidents for which no evidence was gathered, to spare the API server. */
  evidence_skipped: z.int(),
});

/** An incident that is open. */
const openIncidentSchema = z.object(ofIncident);

/** All incidents that are open: what a central program has open and does not find here has ended. */
const openUpdateSchema = z.object({
  ...shared,
  kind: z.literal("open"),
  /** More than one message where there are many: `1` of `1` mostly. An incident is over if it is in none of them. */
  part: z.int(),
  parts: z.int(),
  incidents: z.readonly(z.array(openIncidentSchema)),
});

/** What becomes of an incident after its report; `kind` says which update it is. */
export const updateSchema = z.discriminatedUnion("kind", [
  evidenceUpdateSchema,
  resolvedUpdateSchema,
  quietUpdateSchema,
  stormUpdateSchema,
  openUpdateSchema,
]);
export type Update = z.infer<typeof updateSchema>;
/** What is said of each incident in an update. */
export type WireIncident = z.infer<typeof openUpdateSchema>["incidents"][number];
