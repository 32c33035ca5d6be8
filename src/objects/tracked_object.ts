import type { Severity } from "../wire/severity.ts";
import type { ContainerFacts, Finding, ObjectRule, RelatedObject } from "./object_rule.ts";

/** An object by its name. */
export interface ObjectRef {
  readonly kind: string;
  /** "" for what has none. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Who a fault is told of: the top owner of the pods, or the object itself. */
export interface FaultOwner {
  readonly kind: string;
  readonly name: string;
}

/** An object that something was found in, with all that was. */
export interface TrackedObject {
  readonly ref: ObjectRef;
  owner: FaultOwner;
  /** By rule and container. */
  readonly suspects: Map<string, Suspect>;
  /** The number of the list that it was in last. */
  seenIn: number;
}

/** One finding of one object over time, from the first sight until it is well again. */
export interface Suspect {
  readonly rule: ObjectRule;
  readonly container: string;
  readonly object: TrackedObject;
  finding: Finding;
  sinceMs: number;
  /** `null` while it is not well. */
  wellSinceMs: number | null;
  /** The open fault that it belongs to. */
  fault: OpenFault | null;
  /** Times of the deaths that were seen, oldest first. */
  deaths: readonly number[];
  /** A death that no report has told yet. */
  isNews: boolean;
  /** A death that is over; kept for a while, so that it is not taken for a new one. */
  isOver: boolean;
}

/** A fault that is open: one an owner, rule and container, however many objects have it. */
export interface OpenFault {
  readonly key: string;
  readonly rule: ObjectRule;
  readonly container: string;
  readonly namespace: string;
  readonly owner: FaultOwner;
  readonly members: Set<Suspect>;
  readonly openedAtMs: number;
  severity: Severity;
  /** When its next report is due; `null` when none is. */
  reportAtMs: number | null;
  /** `null` before the first report. */
  reportedAtMs: number | null;
  reportedSeverity: Severity | null;
  /** How many reports were made. */
  reports: number;
  /** The key of its incident, once a report has one. */
  incidentKey: string;
  /** Since when its last member has been gone; `null` while it has one. */
  emptySinceMs: number | null;
  /** All deaths while it is open. */
  deaths: number;
}

/** What a report says of a fault. */
export interface FaultReport {
  readonly faultKey: string;
  readonly rule: ObjectRule;
  readonly severity: Severity;
  readonly container: string;
  readonly owner: FaultOwner;
  /** The object that has had it for the longest or, in a later report, the one that had it last. */
  readonly object: ObjectRef;
  readonly occurrence: string;
  readonly reason: string;
  readonly message: string;
  readonly facts: ContainerFacts | null;
  readonly related: RelatedObject | null;
  /** Times of the first and the last occurrence. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly count: number;
  readonly affected: {
    readonly objects: number;
    /** How many there are; `null` where that is not known. */
    readonly of: number | null;
    readonly names: readonly string[];
  };
}

/** A fault that has ended. */
export interface EndedFault {
  readonly faultKey: string;
  readonly rule: ObjectRule;
  readonly incidentKey: string;
  readonly by: "objects" | "gone";
  readonly proof: string;
  readonly endedAtMs: number;
}

/** What is known of a fault that was open before a restart. */
export type RestoredFault =
  & Pick<OpenFault, "rule" | "container" | "namespace" | "owner" | "severity" | "openedAtMs" | "incidentKey" | "deaths">
  & { readonly reportedAtMs: number };

/** A member of a fault that was open before a restart. */
export interface RestoredMember {
  readonly ref: ObjectRef;
  readonly finding: Finding;
  readonly sinceMs: number;
  readonly deaths: readonly number[];
}
