import type { JsonObject } from "../redaction/redact_value.ts";
import type { EvidenceOmission } from "../telemetry/label_values.ts";

/** The parts of a bundle, as they are called on the wire. */
const EVIDENCE_PARTS = [
  "container",
  "log",
  "owner",
  "change",
  "claims",
  "quota",
  "autoscaler",
  "service",
  "namespace_state",
  "node",
  "usage",
  "around",
  "parsed",
] as const;
export type EvidencePart = (typeof EVIDENCE_PARTS)[number];

/** What is known of an incident beyond its report; parts in the order of the plan. */
export type Bundle = ReadonlyMap<EvidencePart, JsonObject>;

/** A part that is missing, and why. */
export interface OmittedPart {
  readonly part: EvidencePart;
  readonly reason: EvidenceOmission;
}

/** Ends the gathering of one part; the others go on. */
export class Omission extends Error {
  override readonly name = "Omission";
  readonly reason: EvidenceOmission;
  constructor(reason: EvidenceOmission) {
    super(reason);
    this.reason = reason;
  }
}
