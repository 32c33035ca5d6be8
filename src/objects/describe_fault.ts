import { formatGoDuration } from "../wire/duration.ts";
import type { FaultReport, OpenFault, Suspect } from "./tracked_object.ts";

/** The pods of an owner. */
export interface Population {
  readonly pods: number;
  readonly ready: number;
}

const NAMES = 5;

/** What a report says of a fault now: in the words of its oldest member or, in a later report, of its newest. */
export function reportOf(
  fault: OpenFault,
  which: "oldest" | "newest",
  population: Population | null,
  nowMs: number,
): FaultReport {
  const members = [...fault.members].sort(bySince);
  const speaker = which === "oldest" ? members[0] : members.at(-1);
  if (speaker === undefined) throw new Error(`The fault ${fault.key} has no member to report`);
  const { rule, container, owner, severity } = fault;
  const { finding, object } = speaker;
  const objects = members.length;
  const of = rule.kind === "Pod" && population !== null && population.pods >= objects ? population.pods : null;
  const isDeath = rule.nature === "occurrence";
  return {
    faultKey: fault.key,
    rule,
    severity,
    container,
    owner,
    object: object.ref,
    occurrence: finding.occurrence,
    reason: finding.reason,
    message: describeFault(fault, finding.message, objects, of),
    facts: finding.facts ?? null,
    related: finding.related ?? null,
    firstMs: Math.min(...members.map(({ sinceMs, deaths }) => deaths[0] ?? sinceMs)),
    lastMs: isDeath ? Math.max(...members.map(({ sinceMs }) => sinceMs)) : nowMs,
    count: isDeath ? Math.max(fault.deaths, objects) : objects,
    affected: { objects, of, names: members.slice(0, NAMES).map((member) => member.object.ref.name) },
  };
}

/** Two replicas must find the same one: by time, then by uid. */
function bySince(a: Suspect, b: Suspect): number {
  return a.sinceMs - b.sinceMs || (a.object.ref.uid < b.object.ref.uid ? -1 : 1);
}

/** Kinds whose findings name their object. */
const NAMES_ITSELF: ReadonlySet<string> = new Set(["Node", "Namespace", "Service", "APIService", "ApiServer"]);

function describeFault({ rule, owner }: OpenFault, message: string, objects: number, of: number | null): string {
  if (NAMES_ITSELF.has(rule.kind)) return message;
  if (rule.kind !== "Pod") return `${owner.kind} ${owner.name}: ${message}`;
  if (owner.kind === "Pod") return `${message}: pod ${owner.name}`;
  const whose = [owner.kind, owner.name].filter((word) => word !== "").join(" ");
  return of === null
    ? `${message}: ${objects} ${objects === 1 ? "pod" : "pods"} of ${whose}`
    : `${message}: ${objects} of ${of} ${of === 1 ? "pod" : "pods"} of ${whose}`;
}

/** What proves that a fault has ended. */
export function describeEnd(fault: OpenFault, by: "objects" | "gone", population: Population | null): string {
  const { rule, owner, namespace } = fault;
  const name = [namespace, owner.name].filter((part) => part !== "").join("/");
  if (by === "gone") {
    if (rule.end === "gone") return `no ${rule.kind} of it is left that does not terminate`;
    return owner.kind === rule.kind
      ? `${owner.kind} ${name} was deleted`
      : `${owner.kind} ${name} has no pods any more`;
  }
  const held = rule.holdMs === 0 ? rule.end : `${rule.end} for ${formatGoDuration(rule.holdMs)}`;
  if (rule.kind !== "Pod" || population === null || population.pods === 0) return `${owner.kind} ${name}: ${held}`;
  return `${population.ready} of ${population.pods} pods of ${owner.kind} ${name} are ready; ${held}`;
}
