import { severityOf } from "./suspect_severity.ts";
import type { OpenFault, Suspect } from "./tracked_object.ts";

/** What happens within it goes into one report. */
const GATHER_OCCURRENCES_MS = 300;
/** The same for states, whose pods come seconds apart. */
const GATHER_STATES_MS = 3_000;

/** A fault that opens with this suspect, before anybody is told of it. */
export function openFault(key: string, suspect: Suspect, nowMs: number): OpenFault {
  const { rule, container, object } = suspect;
  const isAlone = rule.nature === "occurrence" || rule.kind !== "Pod";
  return {
    key,
    rule,
    container,
    namespace: object.ref.namespace,
    owner: object.owner,
    members: new Set(),
    openedAtMs: nowMs,
    severity: severityOf(suspect, nowMs),
    reportAtMs: nowMs + (isAlone ? GATHER_OCCURRENCES_MS : GATHER_STATES_MS),
    reportedAtMs: null,
    reportedSeverity: null,
    reports: 0,
    incidentKey: "",
    emptySinceMs: null,
    deaths: 0,
  };
}
