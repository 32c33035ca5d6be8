import { matchesGlob } from "../src/fleet/selector.ts";
import type { EventHead } from "../src/wire/event.ts";
import { type Severity, severityRank } from "../src/wire/severity.ts";

/** What `agent tail` and `agent history` take of the events; globs know `*` and `?`. */
interface EventFilterOptions {
  readonly severity?: Severity;
  readonly namespace?: string;
  readonly rule?: string;
  readonly reason?: string;
}

/** Whether an event is wanted. */
export function createEventFilter(
  { severity, namespace, rule, reason }: EventFilterOptions,
): (event: EventHead) => boolean {
  const worst = severity === undefined ? Infinity : severityRank(severity);
  return (event) =>
    severityRank(event.severity) <= worst &&
    (namespace === undefined || matchesGlob(namespace, event.namespace)) &&
    (rule === undefined || matchesGlob(rule, event.rule ?? "")) &&
    (reason === undefined || matchesGlob(reason, event.reason));
}
