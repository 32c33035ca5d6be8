import { type Severity, severityRank } from "../wire/severity.ts";
import type { Incident } from "./incident.ts";
import type { Subject } from "./incident_key.ts";
import type { OpenIncidents } from "./open_incidents.ts";

/** So many incidents that name the same thing within so long make it an incident of its own. */
const SHARED_AT_LEAST = 3;
const SHARED_WITHIN_MS = 5 * 60_000;
/** Things that faults name, remembered at most; what was named longest ago is forgotten first. */
const SUBJECTS_LIMIT = 512;

interface SharedCausesOptions {
  readonly open: Pick<OpenIncidents, "at">;
  /** Opens the incident of a shared cause. */
  readonly add: (
    seed: Pick<Incident, "family" | "namespace" | "object" | "shared">,
    atMs: number,
  ) => Incident;
}

/** Which incidents name the same registry, webhook, storage class or node pool. */
interface SharedCauses {
  /** An incident opened that names `subject`. */
  join(incident: Incident, subject: Subject, severity: Severity, nowMs: number): void;
  /** An incident ended: one that names something, or a shared cause itself. */
  leave(incident: Incident): void;
  incidentOf(shared: string): Incident | undefined;
  /** Whether it is a shared cause that an open incident still names. */
  isInUse(incident: Incident): boolean;
  /** Shared causes that no open incident names any more; each once. */
  takeAbandoned(): readonly Incident[];
  /** Whether shared causes have opened since this was asked. */
  takeNews(): boolean;
  restore(incident: Incident): void;
}

interface Shared {
  readonly members: Map<Incident, number>;
  incident: Incident | null;
}

const FAMILY = "shared";

/** Creates it, empty. */
export function createSharedCauses({ open, add }: SharedCausesOptions): SharedCauses {
  const byName = new Map<string, Shared>();
  const abandoned: Incident[] = [];
  let news = false;

  function entryOf(name: string): Shared {
    const known = byName.get(name) ?? { members: new Map(), incident: null };
    byName.delete(name);
    byName.set(name, known);
    if (byName.size > SUBJECTS_LIMIT) {
      for (const [oldest, { incident }] of byName) {
        byName.delete(oldest);
        if (incident !== null) abandoned.push(incident);
        break;
      }
    }
    return known;
  }

  return {
    join(incident, subject, severity, nowMs) {
      const shared = entryOf(incident.shared);
      shared.members.set(incident, nowMs);
      if (shared.incident === null) {
        const recent = [...shared.members.values()].filter((atMs) => nowMs - atMs <= SHARED_WITHIN_MS);
        if (recent.length < SHARED_AT_LEAST) return;
        shared.incident = open.at("", subject, FAMILY) ??
          add({ family: FAMILY, namespace: "", object: subject, shared: "" }, Math.min(...recent));
        news = true;
      }
      shared.incident.heardAtMs = nowMs;
      shared.incident.reports = shared.members.size;
      if (severityRank(severity) < severityRank(shared.incident.severity)) shared.incident.severity = severity;
    },
    leave(incident) {
      const own = incident.family === FAMILY ? byName.get(nameOf(incident.object)) : undefined;
      if (own?.incident === incident) own.incident = null;
      const shared = incident.shared === "" ? undefined : byName.get(incident.shared);
      if (shared === undefined || !shared.members.delete(incident) || shared.members.size > 0) return;
      byName.delete(incident.shared);
      if (shared.incident !== null) abandoned.push(shared.incident);
    },
    incidentOf: (name) => byName.get(name)?.incident ?? undefined,
    isInUse: ({ family, object }) => family === FAMILY && (byName.get(nameOf(object))?.members.size ?? 0) > 0,
    takeAbandoned: () => abandoned.splice(0),
    takeNews() {
      const had = news;
      news = false;
      return had;
    },
    restore(incident) {
      if (incident.family === FAMILY) {
        const shared = entryOf(nameOf(incident.object));
        shared.incident = incident;
      } else if (incident.shared !== "") entryOf(incident.shared).members.set(incident, incident.openedAtMs);
    },
  };
}

/** What incidents have in common, as they and their causes write it. */
export function nameOf({ kind, name }: Subject): string {
  return `${kind}/${name}`;
}
