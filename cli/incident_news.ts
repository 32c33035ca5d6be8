import type { Event } from "../src/wire/event.ts";
import { causeLine, type LineOptions, openedLine } from "./incident_line.ts";

/** Which lines about incidents the reports of a bus are worth. */
interface IncidentNews {
  /** Of a report: that its incident opened, or that a cause of it was found. */
  take(event: Event, options: LineOptions): readonly string[];
}

/** Incidents whose causes are remembered; the one that was heard of first is forgotten first. */
const INCIDENT_LIMIT = 4_096;

/** Creates it; it remembers which causes were shown. */
export function createIncidentNews(): IncidentNews {
  const shown = new Map<string, Set<string>>();
  return {
    take(event, options) {
      const { incident, caused_by: causes = [] } = event;
      if (incident === undefined) return [];
      const key = `${event.cluster_id} ${incident.id}`;
      let known = shown.get(key);
      if (known === undefined) {
        shown.set(key, known = new Set());
        if (shown.size > INCIDENT_LIMIT) forgetOldest(shown);
      }
      const fresh = causes.filter(({ kind, object }) => !known.has(`${kind} ${object}`));
      for (const { kind, object } of fresh) known.add(`${kind} ${object}`);
      if (incident.reports === 1) return [openedLine(event, options)];
      return fresh.map((cause) => causeLine(event, cause, options));
    },
  };
}

function forgetOldest(shown: Map<string, unknown>): void {
  for (const oldest of shown.keys()) {
    shown.delete(oldest);
    return;
  }
}
