import type { Severity } from "../wire/severity.ts";

/** A fault as incidents see it, whichever way it was found. */
export interface FaultSighting {
  /** `event`: a Kubernetes Event told of it. `object`: the state of an object did. */
  readonly kind: "event" | "object";
  readonly rule: string;
  readonly category: string;
  readonly severity: Severity;
  readonly namespace: string;
  readonly object: { readonly kind: string; readonly name: string; readonly uid: string };
  /** Another object of the namespace, which the fault is between: the workload whose pods a Service misses. */
  readonly related?: { readonly kind: string; readonly name: string };
  /** Container concerned, "" where none. */
  readonly container: string;
  readonly message: string;
  /** Wall clock of when it happened. */
  readonly atMs: number;
  /** Id of its report. */
  readonly reportId: string;
  /** The node that the report itself names (the kubelet's own), where it does; the roster is asked before. */
  readonly node?: string;
  /** For faults of objects: what their end is told by (`FaultEnd.faultKey`). Without one: rule and container. */
  readonly faultKey?: string;
}

/** The families that join what one cause makes. A category that belongs to none is a family of its own. */
export { FAMILY_NAMES as FAMILIES } from "../telemetry/label_values.ts";
/** One of `FAMILIES`, or the category itself. */
export type Family = string;

export const CAUSE_KINDS = ["node", "change", "shared", "owner", "api"] as const;
export type CauseKind = (typeof CAUSE_KINDS)[number];

/** What probably made a fault; it never keeps a report back. */
export interface Cause {
  readonly kind: CauseKind;
  /** `Node/node-6`, `Deployment/shop/web`, `registry/registry.example.com`. */
  readonly object: string;
  readonly atMs: number;
  readonly confidence: "high" | "medium";
  /** In a sentence, with the figures that it was concluded from. */
  readonly reason: string;
  /** The incident that it is, where it is one. */
  readonly incidentId?: string;
}

/** Who an object belongs to in the end: the Deployment of a pod, the CronJob of a Job. */
export interface TopOwner {
  readonly kind: string;
  readonly name: string;
  /** Concluded from a name, not read from an object. */
  readonly guessed: boolean;
}

/** What a report says of its incident. */
export interface IncidentStamp {
  readonly incident: {
    readonly id: string;
    readonly key: string;
    readonly family: Family;
    readonly openedAtMs: number;
    /** Reports of this incident so far, this one included. */
    readonly reports: number;
    readonly isNew: boolean;
  };
  readonly owner: TopOwner | null;
  readonly node: string | null;
  readonly causes: readonly Cause[];
}

/** The port that reporters ask: a map look-up, never a request, never rejects. */
export type StampFault = (fault: FaultSighting) => IncidentStamp | null;

/** The end of a fault of an object, proved by the object. */
export interface FaultEnd {
  readonly faultKey: string;
  /** The key of the incident (`IncidentStamp.incident.key`). */
  readonly incidentKey: string;
  /** `objects`: they are well again. `gone`: they were deleted. */
  readonly by: "objects" | "gone";
  /** In words: `10 of 10 pods ready for 10m`. */
  readonly proof: string;
  readonly endedAtMs: number;
}

/** Whoever watches objects tells ends here; an incident is resolved once all its open faults of objects have ended. */
export type ReportEnd = (end: FaultEnd) => void;

/** Why evidence of an incident is asked for. */
export type EvidenceOccasion = "new" | "severity" | "container" | "node";

export interface EvidenceRequest {
  readonly occasion: EvidenceOccasion;
  readonly sighting: FaultSighting;
  readonly stamp: IncidentStamp;
}

/** Asked after the report of a fault that is worth evidence; decides by its own budget, never rejects. */
export type RequestEvidence = (request: EvidenceRequest) => void;
