import { severityRank } from "../wire/severity.ts";
import type { Incident } from "./incident.ts";

/** This share goes at once, so that a flood does not look through all of them for each new one. */
const EVICTED_SHARE = 1 / 8;

/**
 * Which incidents to forget when there are more than `limit`: of the namespaces with the most, the least severe and of those
 * what was heard of longest ago. Whoever makes up Events in one namespace can so push out nothing but its own.
 */
export function evictIncidents(
  incidents: { forEach(visit: (incident: Incident) => void): void },
  limit: number,
): readonly Incident[] {
  const byNamespace = new Map<string, Incident[]>();
  let total = 0;
  incidents.forEach((incident) => {
    total++;
    const its = byNamespace.get(incident.namespace);
    if (its === undefined) byNamespace.set(incident.namespace, [incident]);
    else its.push(incident);
  });
  const excess = total - limit;
  if (excess <= 0) return [];
  const evicted: Incident[] = [];
  let wanted = Math.max(excess, Math.floor(limit * EVICTED_SHARE));
  const largest = [...byNamespace.values()].sort((a, b) => b.length - a.length);
  for (const [index, its] of largest.entries()) {
    const next = largest[index + 1]?.length ?? 0;
    const count = Math.min(wanted, Math.max(1, its.length - next), its.length);
    const order = its.sort((a, b) => severityRank(b.severity) - severityRank(a.severity) || a.heardAtMs - b.heardAtMs);
    evicted.push(...order.slice(0, count));
    wanted -= count;
    if (wanted === 0) break;
  }
  return evicted;
}
