import { isUpdate, type Report } from "../../src/bus/subscribe_events.ts";
import type { Event } from "../../src/wire/event.ts";
import type { Severity } from "../../src/wire/severity.ts";

/** What the agent must tell of a scene. */
export type Expected =
  /** A report of a fault. */
  | {
    readonly kind: "report";
    readonly reason: string;
    /** Of the object. */
    readonly name: string;
    readonly severity: Severity;
    readonly count?: number;
    /** The object that the report must name as its cause, with high confidence. */
    readonly cause?: string;
  }
  /** What was found out about an owner's incident. */
  | { readonly kind: "evidence"; readonly owner: string; readonly holds: readonly string[] }
  /** The end of an incident; `object`: `Node/node-2`. */
  | { readonly kind: "resolved"; readonly object: string };

/** What has become of a story. */
interface Verdict {
  readonly missing: readonly Expected[];
  /** Reports that nothing in the story is the reason of. */
  readonly extra: readonly Event[];
}

/** What arrived first of what was expected. */
export function findExpected(expected: Expected, received: readonly Report[]): Report | undefined {
  return received.find((report) => {
    switch (expected.kind) {
      case "report":
        return !isUpdate(report) && isReportOf(report, expected);
      case "evidence":
        return isUpdate(report) && report.kind === "evidence" &&
          eventsOf(received).some(({ id, labels }) => id === report.event_id && labels.owner_name === expected.owner) &&
          expected.holds.every((text) => JSON.stringify(report.evidence).includes(text));
      case "resolved":
        return isUpdate(report) && report.kind === "resolved" &&
          `${report.object.kind}/${report.object.name}` === expected.object;
    }
  });
}

/** Compares what was told with all that was expected. */
export function judgeStory(expected: readonly Expected[], received: readonly Report[]): Verdict {
  const found = new Set(expected.map((one) => findExpected(one, received)));
  return {
    missing: expected.filter((one) => findExpected(one, received) === undefined),
    extra: eventsOf(received).filter((event) => !found.has(event)),
  };
}

/** An expectation in words, for where it was not met. */
export function describeExpected(expected: Expected): string {
  switch (expected.kind) {
    case "report": {
      const { reason, name, severity, count, cause } = expected;
      const times = count === undefined ? "" : ` (x${count})`;
      return `a report of ${name}: ${reason}${times}, ${severity}${cause === undefined ? "" : `, caused by ${cause}`}`;
    }
    case "evidence":
      return `evidence of ${expected.owner} with ${expected.holds.join(", ")}`;
    case "resolved":
      return `the end of the incident of ${expected.object}`;
  }
}

const eventsOf = (received: readonly Report[]): readonly Event[] =>
  received.flatMap((report) => isUpdate(report) ? [] : [report]);

function isReportOf(event: Event, expected: Extract<Expected, { kind: "report" }>): boolean {
  const { reason, name, severity, count = 1, cause } = expected;
  return event.reason === reason && event.labels.name === name && event.severity === severity &&
    event.raw_data.count === count &&
    (cause === undefined ||
      (event.caused_by ?? []).some(({ object, confidence }) => object === cause && confidence === "high"));
}
