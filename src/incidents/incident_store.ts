import type { KnownPod } from "../inventory/pod_roster.ts";
import type { Roster } from "../inventory/roster.ts";
import { guessOwnerOfPod } from "../inventory/top_owner.ts";
import { severityRank } from "../wire/severity.ts";
import { findCauses } from "./cause_rules.ts";
import { evictIncidents } from "./evict_incidents.ts";
import { familyOf, UNVERIFIED } from "./family.ts";
import type { Cause, EvidenceOccasion, FaultEnd, FaultSighting, IncidentStamp, TopOwner } from "./fault.ts";
import { type Incident, NAMES_LIMIT, NO_NAMES, OPEN_FAULTS_LIMIT, REPORT_IDS_LIMIT, withName } from "./incident.ts";
import { incidentId, incidentKey, minuteOf, type Subject } from "./incident_key.ts";
import { createNodeProofs } from "./node_proofs.ts";
import { createOpenIncidents } from "./open_incidents.ts";
import { createSharedCauses, nameOf } from "./shared_causes.ts";
import { sharedSubjectOf } from "./shared_subject.ts";

interface IncidentStoreOptions {
  readonly clusterId: string;
  readonly roster: Roster;
  /** Wall clock. */
  readonly now: () => number;
  /** Nothing heard for so long, and nothing to prove the end by: quiet. */
  readonly quietAfterMs: number;
  /** Open incidents held; see `evictIncidents` for which goes when there are more. */
  readonly limit?: number;
  /** Told of incidents that were forgotten for want of room. */
  readonly onEvicted?: (count: number) => void;
}

/** An incident that ended, and how. */
export interface Ending {
  readonly incident: Incident;
  readonly kind: "resolved" | "quiet";
  /** Of a resolved one. */
  readonly by: FaultEnd["by"];
  readonly proof: string;
  readonly endedAtMs: number;
}

/** A stamp, and what else a reporter's neighbours want to know of the sighting. */
interface Opened {
  readonly stamp: IncidentStamp;
  readonly incident: Incident;
  /** Why evidence may be worth its price now; `null` when nothing is new. */
  readonly occasion: EvidenceOccasion | null;
}

/** A fault of an object whose end nobody has told yet. */
interface OpenFault {
  readonly incidentKey: string;
  readonly faultKey: string;
}

export interface IncidentStore {
  /** Takes a sighting into its incident, which it opens where there is none. Look-ups alone. */
  open(sighting: FaultSighting): Opened;
  /** One fault of an object has ended; its incident, if that was the last of them. */
  end(end: FaultEnd): Ending | null;
  /** Ends what a lost node did, once that is over, what nothing was heard of for long, and shared causes without members. */
  tick(nowMs: number): readonly Ending[];
  /** Open incidents, the one that was heard of longest ago first. */
  all(): readonly Incident[];
  size(): number;
  /** Another number after each change of what `all` returns. */
  revision(): number;
  /** Whether the list of open shared causes has changed since this was asked. */
  takeSharedNews(): boolean;
  /** Takes back what an earlier process kept, oldest first. */
  restore(incidents: readonly Incident[], nowMs: number): void;
  /** After `restore`: the faults of objects whose ends will be told. Any other proves nothing any more. */
  reconcile(open: readonly OpenFault[]): void;
}

const OPEN_LIMIT = 2_048;
/** A pod's fault may be reported so long before the incident of its node that made it. */
const NODE_LATE_MS = 30_000;
/** And among so many reports: a node has 110 pods by default. */
const RECENT_LIMIT = 128;
/** Minutes in which an incident opened and ended, so that the next one in that minute has another id. */
const ENDED_LIMIT = 512;

/** Creates an empty store. Pure but for its maps. */
export function createIncidentStore(options: IncidentStoreOptions): IncidentStore {
  const { clusterId, roster, now } = options;
  const limit = options.limit ?? OPEN_LIMIT;
  const open = createOpenIncidents();
  /** Of the last reports, a ring. */
  const recent: Incident[] = [];
  let next = 0;
  /** Those that have had a fault of an object, which alone are ended by key. */
  const byKey = new Map<string, Incident>();
  const lastMinute = new Map<string, number>();
  const apiServices = new Set<Incident>();
  const nodeProofs = createNodeProofs(roster);
  let revision = 0;
  const shared = createSharedCauses({ open, add });

  function add(seed: Pick<Incident, "family" | "namespace" | "object" | "shared">, atMs: number) {
    const { family, namespace, object } = seed;
    const nowMs = now();
    const key = incidentKey(clusterId, family, namespace, object);
    const openedAtMs = Math.min(Math.max(atMs, 0), nowMs);
    const ended = lastMinute.get(key);
    const minute = Math.max(minuteOf(openedAtMs), ended === undefined ? 0 : ended + 1);
    if (ended !== undefined) lastMinute.delete(key);
    const incident: Incident = {
      id: incidentId(key, minute),
      key,
      family,
      namespace,
      object,
      openedAtMs,
      heardAtMs: nowMs,
      reports: 0,
      severity: "low",
      rules: NO_NAMES,
      reportIds: NO_NAMES,
      nodes: NO_NAMES,
      containers: NO_NAMES,
      template: undefined,
      causes: [],
      openFaults: NO_NAMES,
      shared: seed.shared,
    };
    put(incident);
    if (open.size() > limit) {
      const evicted = evictIncidents(open, limit).filter((one) => one !== incident);
      for (const one of evicted) remove(one);
      options.onEvicted?.(evicted.length);
    }
    return incident;
  }

  function put(incident: Incident): void {
    open.add(incident);
    if (incident.openFaults.length > 0) byKey.set(incident.key, incident);
    if (incident.object.kind === "APIService" && incident.family !== UNVERIFIED) apiServices.add(incident);
  }

  function remove(incident: Incident): void {
    revision++;
    open.remove(incident);
    byKey.delete(incident.key);
    apiServices.delete(incident);
    nodeProofs.forget(incident);
    shared.leave(incident);
  }

  /** Takes out an incident that has ended: what comes in the same minute is another one. */
  function endOf(incident: Incident): void {
    remove(incident);
    lastMinute.set(incident.key, parseInt(incident.id.slice(incident.key.length + 1), 36));
    if (lastMinute.size > ENDED_LIMIT) {
      for (const oldest of lastMinute.keys()) {
        return void lastMinute.delete(oldest);
      }
    }
  }

  /** The incident of a sighting, which it opens where there is none. */
  function find(sighting: FaultSighting, object: Subject, namespace: string): Incident {
    const family = familyOf(sighting.category, sighting.object.kind);
    const known = open.at(namespace, object, family);
    if (known !== undefined) {
      known.heardAtMs = now();
      return known;
    }
    const subject = family === UNVERIFIED ? null : sharedOf(sighting);
    const name = subject === null ? "" : nameOf(subject);
    const incident = add({ family, namespace, object, shared: name }, sighting.atMs);
    if (subject !== null) shared.join(incident, subject, sighting.severity, incident.heardAtMs);
    if (family === "node") blameNode(incident, sighting);
    return incident;
  }

  function sharedOf({ category, message, object }: FaultSighting): Subject | null {
    if (object.kind !== "Node") return sharedSubjectOf(category, message);
    const pool = roster.nodeOf(object.name)?.pool ?? null;
    return pool === null ? null : { kind: "node_pool", name: pool };
  }

  /** Faults of its pods that were told a moment before: their next reports name it. */
  function blameNode(node: Incident, { severity }: FaultSighting): void {
    if (severity === "low") return;
    for (const incident of recent) {
      if (incident === node || node.heardAtMs - incident.heardAtMs > NODE_LATE_MS) continue;
      if (incident.family === UNVERIFIED || !incident.nodes.includes(node.object.name)) continue;
      const cause: Cause = {
        kind: "node",
        object: `Node/${node.object.name}`,
        atMs: node.openedAtMs,
        confidence: "medium",
        reason: `the node ${node.object.name}, which the pod is on, had an incident right after`,
        incidentId: node.id,
      };
      incident.causes = mergeCauses(incident.causes, [cause]);
    }
  }

  return {
    open(sighting) {
      const { object, category, severity, reportId, rule } = sighting;
      const isNode = object.kind === "Node";
      const isVerified = category !== UNVERIFIED;
      const namespace = isNode ? "" : sighting.namespace;
      const pod = isVerified && object.kind === "Pod" ? roster.podOf(namespace, object.name) : null;
      const owner = !isVerified ? null : ownerOf(pod, object, namespace);
      const node = (!isVerified ? null : isNode ? object.name : pod?.node ?? sighting.node) || null;
      const subject = owner ?? { kind: object.kind, name: object.name };
      const incident = find(sighting, subject, namespace);
      recent[next] = incident;
      next = (next + 1) % RECENT_LIMIT;
      incident.reports++;
      revision++;
      const isNew = incident.reports === 1;
      const isWorse = !isNew && severityRank(severity) < severityRank(incident.severity);
      if (isNew || isWorse) incident.severity = severity;
      if (isNew) incident.reportIds = [reportId];
      else if (incident.reportIds.length < REPORT_IDS_LIMIT) incident.reportIds = [...incident.reportIds, reportId];
      const { nodes, containers } = incident;
      incident.rules = withName(incident.rules, rule, NAMES_LIMIT);
      incident.nodes = withName(nodes, node ?? "", NAMES_LIMIT);
      incident.containers = withName(containers, sighting.container, NAMES_LIMIT);
      noteTemplate(incident, pod?.replicaSet ?? (object.kind === "ReplicaSet" ? object.name : null));
      if (sighting.kind === "object") {
        incident.openFaults = withName(incident.openFaults, faultKeyOf(sighting), OPEN_FAULTS_LIMIT);
        byKey.set(incident.key, incident);
      }
      const found = findCauses({
        sighting,
        incident,
        owner,
        pod,
        node,
        nowMs: incident.heardAtMs,
        roster,
        open,
        sharedIncident: shared.incidentOf,
        downApiServices: apiServices,
      });
      if (found.length > 0) incident.causes = mergeCauses(incident.causes, found);
      const { id, key, family, openedAtMs, reports, causes } = incident;
      return {
        incident,
        stamp: { incident: { id, key, family, openedAtMs, reports, isNew }, owner, node, causes },
        occasion: isNew
          ? "new"
          : isWorse
          ? "severity"
          : incident.containers !== containers
          ? "container"
          : incident.nodes !== nodes
          ? "node"
          : null,
      };
    },
    end({ incidentKey, faultKey, by, proof, endedAtMs }) {
      const incident = byKey.get(incidentKey);
      if (incident === undefined || !incident.openFaults.includes(faultKey)) return null;
      incident.openFaults = incident.openFaults.filter((one) => one !== faultKey);
      revision++;
      if (incident.openFaults.length > 0) return null;
      endOf(incident);
      return { incident, kind: "resolved", by, proof, endedAtMs };
    },
    tick(nowMs) {
      const abandoned = shared.takeAbandoned().map((incident): Ending => {
        const proof = "every incident that had it in common has ended";
        return { incident, kind: "resolved", by: "objects", proof, endedAtMs: nowMs };
      });
      for (const { incident } of abandoned) endOf(incident);
      const endings: Ending[] = [];
      open.forEach((incident) => {
        const proof = nodeProofs.find(incident, nowMs);
        if (proof !== null) return void endings.push({ incident, kind: "resolved", ...proof, endedAtMs: nowMs });
        if (nowMs - incident.heardAtMs <= options.quietAfterMs) return;
        if (incident.openFaults.length > 0 || shared.isInUse(incident)) return;
        endings.push({ incident, kind: "quiet", by: "objects", proof: "", endedAtMs: nowMs });
      });
      for (const { incident } of endings) endOf(incident);
      return [...abandoned, ...endings];
    },
    all() {
      const all: Incident[] = [];
      open.forEach((incident) => all.push(incident));
      return all.sort((a, b) => a.heardAtMs - b.heardAtMs);
    },
    size: open.size,
    revision: () => revision,
    takeSharedNews: shared.takeNews,
    restore(incidents, nowMs) {
      const kept = incidents.slice(-limit);
      for (const incident of kept) {
        // Nothing could be heard while the agent was away.
        incident.heardAtMs = nowMs;
        put(incident);
        nodeProofs.restored(incident);
      }
      for (const incident of kept) shared.restore(incident);
    },
    reconcile(faults) {
      const known = new Map<string, Incident>();
      open.forEach((incident) => {
        incident.openFaults = NO_NAMES;
        known.set(incident.key, incident);
      });
      byKey.clear();
      revision++;
      for (const { incidentKey, faultKey } of faults) {
        const incident = known.get(incidentKey);
        if (incident === undefined) continue;
        incident.openFaults = withName(incident.openFaults, faultKey, OPEN_FAULTS_LIMIT);
        byKey.set(incidentKey, incident);
      }
    },
  };

  function ownerOf(pod: KnownPod | null, { kind, name }: Subject, namespace: string): TopOwner | null {
    if (pod !== null) return pod.owner;
    return kind === "Pod" ? guessOwnerOfPod(name) : roster.ownerOf({ kind, namespace, name });
  }
}

/** What the end of a fault of an object is told by. */
function faultKeyOf({ faultKey, rule, container }: FaultSighting): string {
  return faultKey ?? `${rule}\n${container}`;
}

/** All pods of one template, or pods of several: then it is not the template. */
function noteTemplate(incident: Incident, template: string | null): void {
  if (template === null || incident.template === null || incident.template === template) return;
  incident.template = incident.template === undefined ? template : null;
}

const CAUSES_LIMIT = 5;

/** What is known now first; what was found earlier stays beside it. */
function mergeCauses(before: readonly Cause[], found: readonly Cause[]): readonly Cause[] {
  const isFound = ({ kind, object }: Cause) => found.some((one) => one.kind === kind && one.object === object);
  const kept = before.filter((cause) => !isFound(cause));
  return kept.length === 0 ? found : [...found, ...kept].slice(0, CAUSES_LIMIT);
}
