import type { Severity } from "../wire/severity.ts";
import type { Cause, Family } from "./fault.ts";
import type { Subject } from "./incident_key.ts";

/** One incident: faults of one owner and family, from its first report until it ends or is quiet. */
export interface Incident {
  readonly id: string;
  readonly key: string;
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
  rules: readonly string[];
  reportIds: readonly string[];
  nodes: readonly string[];
  containers: readonly string[];
  /** The template that all its pods were made from: `undefined` before one told, `null` when they differ. */
  template: string | null | undefined;
  causes: readonly Cause[];
  /** Faults of objects that have not ended, by what their end is told by; they are what proves its end. */
  openFaults: readonly string[];
  /** What it has in common with others, as `kind/name`; "" for nothing. */
  readonly shared: string;
}

export const REPORT_IDS_LIMIT = 20;
export const NAMES_LIMIT = 8;
export const OPEN_FAULTS_LIMIT = 64;

/** Most incidents have one report: what is empty is shared, and what holds one name has room for one. */
export const NO_NAMES: readonly string[] = [];

/** The names with one more; the very same where it is there already, or there is no room. */
export function withName(names: readonly string[], name: string, limit: number): readonly string[] {
  if (name === "" || names.length >= limit || names.includes(name)) return names;
  return names.length === 0 ? alone(name) : [...names, name];
}

const ALONE_LIMIT = 1_024;
/** Lists of one name: thousands of incidents have the same rule, node or container. */
const lists = new Map<string, readonly string[]>();

function alone(name: string): readonly string[] {
  const known = lists.get(name);
  if (known !== undefined) return known;
  if (lists.size >= ALONE_LIMIT) lists.clear();
  const list = [name];
  lists.set(name, list);
  return list;
}
