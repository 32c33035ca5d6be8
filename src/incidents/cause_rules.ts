import type { KnownPod } from "../inventory/pod_roster.ts";
import type { Roster } from "../inventory/roster.ts";
import type { Cause, CauseKind, FaultSighting, TopOwner } from "./fault.ts";
import { UNVERIFIED } from "./family.ts";
import type { Incident } from "./incident.ts";
import type { OpenIncidents } from "./open_incidents.ts";

/** What a cause is concluded from: look-ups alone. */
interface CauseContext {
  readonly sighting: FaultSighting;
  readonly incident: Incident;
  readonly owner: TopOwner | null;
  readonly pod: KnownPod | null;
  readonly node: string | null;
  readonly nowMs: number;
  readonly roster: Roster;
  readonly open: Pick<OpenIncidents, "of" | "at">;
  /** The incident of what several owners have in common, where it is one. */
  readonly sharedIncident: (shared: string) => Incident | undefined;
  /** Open incidents of APIServices. */
  readonly downApiServices: Iterable<Incident>;
}

interface CauseRule {
  readonly kind: CauseKind;
  readonly find: (context: CauseContext) => Cause | null;
}

const MINUTE_MS = 60_000;
/** An incident of a node explains what comes so long after it. */
const NODE_MS = 10 * MINUTE_MS;
/** A template is new for so long. */
const CHANGE_MS = 30 * MINUTE_MS;

/** Faults that a lost node makes of its pods by itself (pkg/controller/nodelifecycle, tainteviction). */
const NODE_CONSEQUENCES: ReadonlySet<string> = new Set([
  "node.not_ready.pod",
  "eviction.taint",
  "lifecycle.pod.terminating",
  "probe.pod.not_ready",
]);
/** Rules about rollouts: what keeps the pods from running keeps the rollout from ending. */
const ROLLOUT_RULES: ReadonlySet<string> = new Set([
  "deployment.rollout.stuck",
  "deployment.available.none",
  "deployment.stateful_set.stuck",
  "deployment.daemon_set.short",
]);
/** Families of the faults that hold a workload up, in the order in which they come. */
const HOLDING_FAMILIES = ["image", "volume", "place", "run"] as const;
const API_RULES: ReadonlySet<string> = new Set(["lifecycle.namespace.stuck", "autoscaling.hpa.blind"]);

/** Every kind of cause, the surest first. A cause never keeps a report back. */
const CAUSE_RULES: readonly CauseRule[] = [
  { kind: "node", find: findNodeCause },
  { kind: "api", find: findApiCause },
  { kind: "change", find: findChangeCause },
  { kind: "owner", find: findOwnerCause },
  { kind: "shared", find: findSharedCause },
];

/** An open incident of the pod's node: sure where nothing else makes such a fault. */
function findNodeCause({ sighting, node, nowMs, open }: CauseContext): Cause | null {
  if (node === null || sighting.object.kind === "Node") return null;
  const incident = open.at("", { kind: "Node", name: node }, "node");
  if (incident === undefined || incident.severity === "low") return null;
  const isConsequence = NODE_CONSEQUENCES.has(sighting.rule);
  // What a node that is lost does to its pods goes on for as long as it is lost.
  const sinceMs = nowMs - (isConsequence ? incident.heardAtMs : incident.openedAtMs);
  if (sinceMs > NODE_MS && nowMs - incident.openedAtMs > NODE_MS) return null;
  const isSure = isConsequence && (incident.severity === "critical" || incident.severity === "high");
  return {
    kind: "node",
    object: `Node/${node}`,
    atMs: incident.openedAtMs,
    confidence: isSure ? "high" : "medium",
    reason: isSure
      ? `the node ${node}, which the pod is on, has an incident since ${ago(nowMs - incident.openedAtMs)} ` +
        `(${incident.rules[0] ?? "node"}), and such a fault follows from it`
      : `the node ${node}, which the pod is on, has an incident since ${ago(nowMs - incident.openedAtMs)} ` +
        `(${incident.rules[0] ?? "node"})`,
    incidentId: incident.id,
  };
}

/** A fault that names an API group whose APIService is down. */
function findApiCause({ sighting, downApiServices }: CauseContext): Cause | null {
  if (!API_RULES.has(sighting.rule)) return null;
  for (const incident of downApiServices) {
    const name = incident.object.name; // v1beta1.custom.metrics.k8s.io
    const group = name.slice(name.indexOf(".") + 1);
    if (!sighting.message.includes(group)) continue;
    return {
      kind: "api",
      object: `APIService/${name}`,
      atMs: incident.openedAtMs,
      confidence: "high",
      reason: `the message names ${group}, whose APIService ${name} is down`,
      incidentId: incident.id,
    };
  }
  return null;
}

/** The workload that a Service means has a template of the last half hour: its labels may be new. */
function findRelatedChange({ sighting, nowMs, roster }: CauseContext): Cause | null {
  const { related, namespace, atMs } = sighting;
  const newest = related === undefined ? null : roster.rollouts.newestOf(namespace, related.name);
  if (related === undefined || newest === null || atMs < newest.atMs || nowMs - newest.atMs > CHANGE_MS) return null;
  return {
    kind: "change",
    object: `${related.kind}/${namespace}/${related.name}`,
    atMs: newest.atMs,
    confidence: "medium",
    reason: `the template of ${related.kind} ${related.name}, whose pods are meant, is new: ` +
      `${newest.replicaSet} was made ${ago(atMs - newest.atMs)} before`,
  };
}

/** A template of the last half hour, whose pods alone are affected. */
function findChangeCause(context: CauseContext): Cause | null {
  const { sighting, incident, owner, nowMs, roster } = context;
  if (sighting.related !== undefined) return findRelatedChange(context);
  if (owner === null || sighting.object.kind === "Node") return null;
  const newest = roster.rollouts.newestOf(sighting.namespace, owner.name);
  if (newest === null || sighting.atMs < newest.atMs || nowMs - newest.atMs > CHANGE_MS) return null;
  if (incident.template === null || (incident.template ?? newest.replicaSet) !== newest.replicaSet) return null;
  const older = roster.groupsOf(sighting.namespace, owner).filter(({ revision }) => revision !== newest.replicaSet);
  const running = older.reduce((sum, { ready }) => sum + ready, 0);
  const made = `${newest.replicaSet} was made ${ago(sighting.atMs - newest.atMs)} before`;
  return {
    kind: "change",
    object: `${owner.kind || "Workload"}/${sighting.namespace}/${owner.name}`,
    atMs: newest.atMs,
    confidence: running > 0 ? "high" : "medium",
    reason: running > 0
      ? `every pod affected is of a new template: ${made}; ${running} older ${pods(running)} ready`
      : `the template is new: ${made}`,
  };
}

/** An earlier incident of the same owner that keeps its pods from running. */
function findOwnerCause({ sighting, incident, open }: CauseContext): Cause | null {
  const ofOwner = open.of(incident.namespace, incident.object);
  if (ofOwner.length < 2) return null;
  for (const family of HOLDING_FAMILIES) {
    if (family === incident.family) continue;
    const isRollout = ROLLOUT_RULES.has(sighting.rule);
    if (family === "run" && !isRollout) continue;
    const earlier = ofOwner.find((one) => one.family === family);
    if (earlier === undefined || earlier.openedAtMs > sighting.atMs) continue;
    return {
      kind: "owner",
      object: `${incident.object.kind || "Workload"}/${incident.namespace}/${incident.object.name}`,
      atMs: earlier.openedAtMs,
      confidence: isRollout ? "high" : "medium",
      reason: `the same owner has an earlier incident (${earlier.rules[0] ?? family})`,
      incidentId: earlier.id,
    };
  }
  return null;
}

/** Several owners have the same registry, webhook, storage class or node pool in their faults. */
function findSharedCause({ incident, sharedIncident }: CauseContext): Cause | null {
  const shared = incident.shared === "" ? undefined : sharedIncident(incident.shared);
  if (shared === undefined) return null;
  return {
    kind: "shared",
    object: incident.shared,
    atMs: shared.openedAtMs,
    confidence: "medium",
    reason: `${shared.reports} owners have faults that name ${shared.object.kind} ${shared.object.name}`,
    incidentId: shared.id,
  };
}

/** The causes of a fault, most probable first. What an Event says of somebody else's object has none. */
export function findCauses(context: CauseContext): readonly Cause[] {
  if (context.incident.family === UNVERIFIED) return [];
  const causes: Cause[] = [];
  for (const { find } of CAUSE_RULES) {
    const cause = find(context);
    if (cause !== null) causes.push(cause);
  }
  return causes.length < 2 ? causes : causes.sort((a, b) => rank(a) - rank(b));
}

const rank = ({ confidence }: Cause) => confidence === "high" ? 0 : 1;
const pods = (count: number) => count === 1 ? "pod is" : "pods are";

/** A time span in words: `90 s`, `12 m`. */
function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} m` : `${Math.round(seconds / 3_600)} h`;
}
