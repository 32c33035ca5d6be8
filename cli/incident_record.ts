import { isUpdate, type Report } from "../src/bus/subscribe_events.ts";
import type { Event, WireCause } from "../src/wire/event.ts";
import type { Update } from "../src/wire/update.ts";

/** Everything that was heard of one incident. */
export interface IncidentRecord {
  readonly id: string;
  readonly clusterId: string;
  /** Its reports, in the order in which they came. */
  readonly events: Event[];
  /** What was said of it since: evidence, its end. */
  readonly updates: Exclude<Update, { readonly kind: "open" | "storm" }>[];
  /** The last list of open incidents that had it, RFC 3339; `null` for none. */
  openAt: string | null;
}

/** Reports of one incident that are kept; what comes after them is counted alone. */
const REPORT_LIMIT = 5_000;

/** An id names one incident; a key all that were of this kind. */
export const INCIDENT_ID = /^[0-9a-f]{16}(?:-([0-9a-z]{1,9}))?$/;

const MINUTE_MS = 60_000;

/** When the incident of an id opened, to the minute; `null` for a key. */
export function openedAtOf(id: string): number | null {
  const minute = INCIDENT_ID.exec(id)?.[1];
  return minute === undefined ? null : parseInt(minute, 36) * MINUTE_MS;
}

/** Sorts reports by incident, for an id or a key. */
export function createIncidentRecords(idOrKey: string) {
  const records = new Map<string, IncidentRecord>();
  const isAsked = (id: string) => id === idOrKey || id.startsWith(`${idOrKey}-`);

  function recordOf(id: string, clusterId: string): IncidentRecord {
    let record = records.get(id);
    if (record === undefined) {
      record = { id, clusterId, events: [], updates: [], openAt: null };
      records.set(id, record);
    }
    return record;
  }

  return {
    /** Whether the report is of what was asked for. */
    take(report: Report): boolean {
      if (!isUpdate(report)) {
        const id = report.incident?.id;
        if (id === undefined || !isAsked(id)) return false;
        const { events } = recordOf(id, report.cluster_id);
        if (events.length < REPORT_LIMIT) events.push(report);
        return true;
      }
      if (report.kind === "storm") return false;
      if (report.kind === "open") {
        for (const { incident_id: id } of report.incidents) {
          if (isAsked(id)) recordOf(id, report.cluster_id).openAt = report.timestamp;
        }
        return false;
      }
      if (!isAsked(report.incident_id)) return false;
      const { updates } = recordOf(report.incident_id, report.cluster_id);
      if (updates.length < REPORT_LIMIT) updates.push(report);
      return true;
    },
    all: (): readonly IncidentRecord[] => [...records.values()],
  };
}

/** What became of it. */
export function endOf(record: IncidentRecord): Extract<Update, { kind: "resolved" | "quiet" }> | null {
  for (const update of record.updates.toReversed()) {
    if (update.kind === "resolved" || update.kind === "quiet") return update;
  }
  return null;
}

/** Every cause that was given, the newest wording of each. */
export function causesOf({ events, updates }: IncidentRecord): readonly WireCause[] {
  const causes = new Map<string, WireCause>();
  const lists = [...events, ...updates].map((said) => "caused_by" in said ? said.caused_by ?? [] : []);
  for (const cause of lists.flat()) causes.set(`${cause.kind} ${cause.object}`, cause);
  return [...causes.values()];
}
