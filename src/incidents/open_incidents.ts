import type { Family } from "./fault.ts";
import type { Incident } from "./incident.ts";
import { isSameSubject, type Subject } from "./incident_key.ts";

/** The incidents that are open, by whom they are about. */
export interface OpenIncidents {
  /** All that are about one subject. */
  of(namespace: string, subject: Subject): readonly Incident[];
  at(namespace: string, subject: Subject, family: Family): Incident | undefined;
  /** Adds an incident whose subject has none of its family yet. */
  add(incident: Incident): void;
  remove(incident: Incident): void;
  /** Visits each, namespace by namespace. An iterator would make an object for each of two thousand. */
  forEach(visit: (incident: Incident) => void): void;
  size(): number;
}

const NONE: readonly Incident[] = [];

/**
 * Creates it, empty. Two look-ups with the very strings that came in: one with a key would put that together, and hash it,
 * for each report.
 */
export function createOpenIncidents(): OpenIncidents {
  const namespaces = new Map<string, Map<string, readonly Incident[]>>();
  let size = 0;

  const named = (namespace: string, name: string) => namespaces.get(namespace)?.get(name) ?? NONE;

  return {
    of(namespace, subject) {
      const known = named(namespace, subject.name);
      return known.length === 0 ? known : known.filter(({ object }) => isSameSubject(object, subject));
    },
    at(namespace, subject, family) {
      for (const incident of named(namespace, subject.name)) {
        if (incident.family === family && isSameSubject(incident.object, subject)) return incident;
      }
      return undefined;
    },
    add(incident) {
      const { namespace, object: { name } } = incident;
      let names = namespaces.get(namespace);
      if (names === undefined) namespaces.set(namespace, names = new Map());
      const known = names.get(name);
      names.set(name, known === undefined ? [incident] : [...known, incident]);
      size++;
    },
    remove(incident) {
      const { namespace, object: { name } } = incident;
      const known = named(namespace, name);
      if (!known.includes(incident)) return;
      const names = namespaces.get(namespace);
      if (known.length > 1) names?.set(name, known.filter((one) => one !== incident));
      else names?.delete(name);
      if (names?.size === 0) namespaces.delete(namespace);
      size--;
    },
    forEach: (visit) => namespaces.forEach((names) => names.forEach((incidents) => incidents.forEach(visit))),
    size: () => size,
  };
}
