import type { Family } from "./fault.ts";
import type { Incident } from "./incident.ts";
import { subjectPlace } from "./incident_key.ts";

/** The incidents that are open, by whom they are about and by node. */
interface OpenIncidents {
  /** `place` is the `subjectPlace` of whom it is about. */
  at(place: string, family: Family): Incident | undefined;
  /** Those that name a node. */
  ofNode(name: string): Iterable<Incident>;
  /** Adds an incident whose place and family have none yet. */
  add(place: string, incident: Incident): void;
  /** An incident has named a node that it did not before. */
  joinNode(incident: Incident, node: string): void;
  remove(incident: Incident): void;
  /** Visits each. An iterator would make an object for each of two thousand, in a flood ten times a second. */
  forEach(visit: (incident: Incident) => void): void;
  size(): number;
}

/** Creates it, empty. An owner mostly has one incident, and each look-up is one. */
export function createOpenIncidents(): OpenIncidents {
  const byPlace = new Map<string, readonly Incident[]>();
  const byNode = new Map<string, Set<Incident>>();
  let size = 0;

  function joinNode(incident: Incident, node: string): void {
    const known = byNode.get(node);
    if (known === undefined) byNode.set(node, new Set([incident]));
    else known.add(incident);
  }

  return {
    at(place, family) {
      const known = byPlace.get(place);
      if (known === undefined) return undefined;
      for (const incident of known) if (incident.family === family) return incident;
      return undefined;
    },
    ofNode: (name) => byNode.get(name) ?? [],
    add(place, incident) {
      const known = byPlace.get(place);
      byPlace.set(place, known === undefined ? [incident] : [...known, incident]);
      for (const node of incident.nodes) joinNode(incident, node);
      size++;
    },
    joinNode,
    remove(incident) {
      const place = subjectPlace(incident.namespace, incident.object);
      const known = byPlace.get(place) ?? [];
      if (!known.includes(incident)) return;
      if (known.length === 1) byPlace.delete(place);
      else byPlace.set(place, known.filter((one) => one !== incident));
      for (const node of incident.nodes) {
        const its = byNode.get(node);
        its?.delete(incident);
        if (its?.size === 0) byNode.delete(node);
      }
      size--;
    },
    forEach: (visit) => byPlace.forEach((incidents) => incidents.forEach(visit)),
    size: () => size,
  };
}
