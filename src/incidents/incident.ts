import type { Severity } from "../wire/severity.ts";
import type { Cause, Family } from "./fault.ts";
import type { Subject } from "./incident_key.ts";

/** One incident: faults of one owner and family, from its first report until it ends or is quiet. */
export interface Incident {
  readonly id: string;
  readonly key: string;
  /** `incidentPlace`: what finds it. */
  readonly place: string;
  readonly family: Family;
  readonly namespace: string;
  /** The top owner, or the object itself. */
  readonly object: Subject;
  readonly openedAtMs: number;
  /** When the agent last heard of it, wall clock. */
  heardAtMs: number;
  reports: number;
  /** The worst of its reports. */
  severity: Severity;
  /** Rules of its reports, the first few. */
  readonly rules: string[];
  readonly reportIds: string[];
  readonly nodes: string[];
  readonly containers: string[];
  /** The template that all its pods were made from: `undefined` before one told, `null` when they differ. */
  template: string | null | undefined;
  causes: readonly Cause[];
  /** Faults of objects that have not ended, by what their end is told by; they are what proves its end. */
  readonly openFaults: Set<string>;
  /** What it has in common with others, as `kind/name`; "" for nothing. */
  readonly shared: string;
}

export const REPORT_IDS_LIMIT = 20;
export const NAMES_LIMIT = 8;
export const OPEN_FAULTS_LIMIT = 64;

/** Adds a name that is not yet there; false where it was, or there is no room. */
export function addName(names: string[], name: string, limit: number): boolean {
  if (name === "" || names.length >= limit || names.includes(name)) return false;
  names.push(name);
  return true;
}
