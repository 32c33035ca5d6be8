import type { Severity } from "../wire/severity.ts";

/** The kinds of objects that rules judge. `ApiServer` is no object: it stands for the certificate of the API server. */
export const JUDGED_KINDS = [
  "Pod",
  "Node",
  "Namespace",
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "Service",
  "HorizontalPodAutoscaler",
  "APIService",
  "ApiServer",
] as const;
export type JudgedKind = (typeof JUDGED_KINDS)[number];

/** A rule about the state of an object. */
export interface ObjectRule {
  /** Stable: central programs may count by it. */
  readonly id: string;
  readonly category: string;
  readonly kind: JudgedKind;
  /** The name of the predicate in the table of the kind. */
  readonly predicate: string;
  /** How long it must hold before it is a fault; counted from the object's own times where it tells them. */
  readonly forMs: number;
  readonly severity: Severity;
  /** The configuration says `for`, or `severity`: no case of the rule has one of its own then. */
  readonly isForSet?: boolean;
  readonly isSeveritySet?: boolean;
  /** Names of excuses in the table of the kind: an object that has one opens no fault, and ends none. */
  readonly excuses: readonly string[];
  /**
   * `state`: a fault for as long as the predicate holds. `occurrence`: something that happened, such as a
   * container's end: reported once, and over when the object has been well for `holdMs`. `loop`: a state with moments in between that look well.
   */
  readonly nature: "state" | "occurrence" | "loop";
  /** How long the object must have been well before the fault has ended. */
  readonly holdMs: number;
  /** When it is over, in words that go before `for 10m`. */
  readonly end: string;
  /** What it means, for the report and the documentation. */
  readonly explanation: string;
  /** What the documentation says of the condition. */
  readonly when: string;
}

/** Facts of a container that ended, for a report. */
export interface ContainerFacts {
  readonly name: string;
  readonly exit_code?: number;
  readonly signal?: number;
  readonly reason?: string;
  readonly started_at?: string;
  readonly finished_at?: string;
  readonly restarts: number;
}

/** What a predicate finds in an object. */
export interface Finding {
  /** The container concerned, "" where none. */
  readonly container: string;
  /** The report's `reason`: `OOMKilled`, `Unschedulable`. */
  readonly reason: string;
  /** One sentence about this object, without a full stop. */
  readonly message: string;
  /** Since when it has held or, of a death, when it was: by the object's own times. `null` where it tells none. */
  readonly sinceMs: number | null;
  /** What names this occurrence: a container's id, a transition's time. Ids of reports are made of it. */
  readonly occurrence: string;
  /** Where this case is graded otherwise than the rule. */
  readonly severity?: Severity;
  /** Where this case needs less time than the rule. */
  readonly forMs?: number;
  /** It is no fault before. */
  readonly notBeforeMs?: number;
  /** While this text changes something moves, and `forMs` begins anew. */
  readonly progress?: string;
  /** It says only that what was found before has not ended yet; by itself it is nothing. */
  readonly continuing?: true;
  /** Of a death or a loop: since when the container has been well again. */
  readonly wellSinceMs?: number;
  readonly facts?: ContainerFacts;
  /** Another object of the namespace that the fault is between. */
  readonly related?: RelatedObject;
}

export interface RelatedObject {
  readonly kind: string;
  readonly name: string;
}

/** A finding of a rule; with an `excuse` it opens no fault. */
export interface Judgement {
  readonly rule: ObjectRule;
  readonly finding: Finding;
  readonly excuse: string | null;
}
