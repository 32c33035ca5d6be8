import { SEVERITIES, severityRank } from "../wire/severity.ts";
import type { Incident } from "./incident.ts";

/** This share goes at once, so that a flood does not look through all of them for each new one. */
const EVICTED_SHARE = 1 / 4;

/** The incidents of one namespace, by the rank of their severity. */
interface Namespace {
  count: number;
  readonly bySeverity: readonly Incident[][];
}

/**
 * Which incidents to forget when there are more than `limit`: of the namespaces with the most, the least severe and of those
 * what was heard of longest ago. Whoever makes up Events in one namespace can so push out nothing but its own.
 */
export function evictIncidents(
  incidents: { forEach(visit: (incident: Incident) => void): void },
  limit: number,
): readonly Incident[] {
  const namespaces = new Map<string, Namespace>();
  let total = 0;
  incidents.forEach((incident) => {
    total++;
    let its = namespaces.get(incident.namespace);
    if (its === undefined) {
      its = { count: 0, bySeverity: SEVERITIES.map(() => []) };
      namespaces.set(incident.namespace, its);
    }
    its.count++;
    its.bySeverity[severityRank(incident.severity)]?.push(incident);
  });
  const excess = total - limit;
  if (excess <= 0) return [];
  const wanted = Math.max(excess, Math.floor(limit * EVICTED_SHARE));
  const left = countLeft([...namespaces.values()].map(({ count }) => count), wanted);
  const evicted: Incident[] = [];
  for (const { count, bySeverity } of namespaces.values()) {
    const its = Math.min(count - left, wanted - evicted.length);
    if (its > 0) evicted.push(...leastOf(bySeverity, its));
  }
  return evicted;
}

/** How many each namespace may keep so that at least `wanted` go, and only from those that have more. */
function countLeft(counts: readonly number[], wanted: number): number {
  const largest = counts.toSorted((a, b) => b - a);
  let sum = 0;
  for (const [index, count] of largest.entries()) {
    sum += count;
    const left = Math.floor((sum - wanted) / (index + 1));
    if (left >= (largest[index + 1] ?? 0)) return left;
  }
  return 0;
}

function leastOf(bySeverity: readonly Incident[][], count: number): readonly Incident[] {
  const least: Incident[] = [];
  for (const its of bySeverity.toReversed()) {
    if (least.length === count) break;
    its.sort((a, b) => a.heardAtMs - b.heardAtMs);
    least.push(...its.slice(0, count - least.length));
  }
  return least;
}
