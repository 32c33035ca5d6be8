import { type Severity, severityRank } from "../wire/severity.ts";
import type { Suspect } from "./tracked_object.ts";

/** Deaths within it make a severity. */
export const DEATHS_MS = 60 * 60_000;
const DEATHS_FOR_HIGH = 3;

/** The finding's own severity; a container that dies for the third time within an hour is no small thing. */
export function severityOf({ rule, finding, deaths }: Suspect, nowMs: number): Severity {
  if (rule.isSeveritySet === true) return rule.severity;
  const severity = finding.severity ?? rule.severity;
  const isMild = rule.nature === "occurrence" && severityRank(severity) > severityRank("high");
  return isMild && deaths.filter((atMs) => nowMs - atMs < DEATHS_MS).length >= DEATHS_FOR_HIGH ? "high" : severity;
}
