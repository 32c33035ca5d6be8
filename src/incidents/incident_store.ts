import type { KnownPod } from "../inventory/pod_roster.ts";
import type { Roster } from "../inventory/roster.ts";
import { severityRank } from "../wire/severity.ts";
import { findCauses } from "./cause_rules.ts";
import { evictIncidents } from "./evict_incidents.ts";
import { familyOf, UNVERIFIED } from "./family.ts";
import type { Cause, EvidenceOccasion, FaultEnd, FaultSighting, IncidentStamp, TopOwner } from "./fault.ts";
import { addName, type Incident, NAMES_LIMIT, OPEN_FAULTS_LIMIT, REPORT_IDS_LIMIT } from "./incident.ts";
import { incidentId, incidentKey, incidentPlace, minuteOf, type Subject } from "./incident_key.ts";
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
export interface OpenFault {
  readonly incidentKey: string;
  readonly faultKey: string;
}

export interface IncidentStore {
  /** Takes a sighting into its incident, which it opens where there is none. Look-ups alone. */
  open(sighting: FaultSighting): Opened;
  /** One fault of an object has ended; its incident, if that was the last of them. */
  end(end: FaultEnd): Ending | null;
  /** Ends what nothing was heard of for long enough, and shared causes that nobody has any more. */
  tick(nowMs: number): readonly Ending[];
  /** Open incidents, the one that was heard of longest ago first. */
  all(): readonly Incident[];
  size(): number;
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
/** Minutes in which an incident opened and ended, so that the next one in that minute has another id. */
const ENDED_LIMIT = 512;

/** Creates an empty store. Pure but for its maps. */
export function createIncidentStore(options: IncidentStoreOptions): IncidentStore {
  const { clusterId, roster, now } = options;
  const limit = options.limit ?? OPEN_LIMIT;
  /** By place; the one that was heard of longest ago comes first. */
  const byPlace = new Map<string, Incident>();
  const byKey = new Map<string, Incident>();
  const lastMinute = new Map<string, number>();
  const apiServices = new Set<Incident>();
  const shared = createSharedCauses({ openAt: (place) => byPlace.get(place), add });

  function add(place: string, seed: Pick<Incident, "family" | "namespace" | "object" | "shared">, atMs: number) {
    const nowMs = now();
    const key = incidentKey(clusterId, place);
    const openedAtMs = Math.min(Math.max(atMs, 0), nowMs);
    const ended = lastMinute.get(key);
    const minute = Math.max(minuteOf(openedAtMs), ended === undefined ? 0 : ended + 1);
    lastMinute.delete(key);
    const incident: Incident = {
      ...seed,
      id: incidentId(key, minute),
      key,
      place,
      openedAtMs,
      heardAtMs: nowMs,
      reports: 0,
      severity: "low",
      rules: [],
      reportIds: [],
      nodes: [],
      containers: [],
      template: undefined,
      causes: [],
      openFaults: new Set(),
    };
    put(incident);
    if (byPlace.size > limit) {
      const evicted = evictIncidents(byPlace.values(), limit).filter((one) => one !== incident);
      for (const one of evicted) remove(one);
      options.onEvicted?.(evicted.length);
    }
    return incident;
  }

  function put(incident: Incident): void {
    byPlace.set(incident.place, incident);
    byKey.set(incident.key, incident);
    if (incident.object.kind === "APIService" && incident.family !== UNVERIFIED) apiServices.add(incident);
  }

  function remove(incident: Incident): void {
    byPlace.delete(incident.place);
    byKey.delete(incident.key);
    apiServices.delete(incident);
    shared.leave(incident);
    lastMinute.set(incident.key, parseInt(incident.id.slice(incident.key.length + 1), 36));
    if (lastMinute.size > ENDED_LIMIT) {
      for (const oldest of lastMinute.keys()) {
        return void lastMinute.delete(oldest);
      }
    }
  }

  /** The incident of a sighting, which it opens where there is none. */
  function find(sighting: FaultSighting, place: string, object: Subject, namespace: string): Incident {
    const known = byPlace.get(place);
    if (known !== undefined) {
      byPlace.delete(place); // to the end: it was heard of last
      byPlace.set(place, known);
      known.heardAtMs = now();
      return known;
    }
    const family = familyOf(sighting.category, sighting.object.kind);
    const subject = family === UNVERIFIED ? null : sharedOf(sighting);
    const name = subject === null ? "" : nameOf(subject);
    const incident = add(place, { family, namespace, object, shared: name }, sighting.atMs);
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
    for (const incident of byPlace.values()) {
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
      const node = !isVerified ? null : isNode ? object.name : pod?.node ?? sighting.node ?? null;
      const subject = owner ?? { kind: object.kind, name: object.name };
      const place = incidentPlace(namespace, subject, familyOf(category, object.kind));
      const incident = find(sighting, place, subject, namespace);
      incident.reports++;
      const isNew = incident.reports === 1;
      const isWorse = !isNew && severityRank(severity) < severityRank(incident.severity);
      if (isNew || isWorse) incident.severity = severity;
      if (incident.reportIds.length < REPORT_IDS_LIMIT) incident.reportIds.push(reportId);
      addName(incident.rules, rule, NAMES_LIMIT);
      const isNewNode = addName(incident.nodes, node ?? "", NAMES_LIMIT);
      const isNewContainer = addName(incident.containers, sighting.container, NAMES_LIMIT);
      noteTemplate(incident, pod?.replicaSet ?? (object.kind === "ReplicaSet" ? object.name : null));
      if (sighting.kind === "object" && incident.openFaults.size < OPEN_FAULTS_LIMIT) {
        incident.openFaults.add(faultKeyOf(sighting));
      }
      const found = findCauses({
        sighting,
        incident,
        owner,
        pod,
        node,
        nowMs: incident.heardAtMs,
        roster,
        openAt: (wanted) => byPlace.get(wanted),
        sharedIncident: shared.incidentOf,
        downApiServices: () => apiServices,
      });
      if (found.length > 0) incident.causes = mergeCauses(incident.causes, found);
      const { id, key, family, openedAtMs, reports, causes } = incident;
      return {
        incident,
        stamp: { incident: { id, key, family, openedAtMs, reports, isNew }, owner, node, causes },
        occasion: isNew ? "new" : isWorse ? "severity" : isNewContainer ? "container" : isNewNode ? "node" : null,
      };
    },
    end({ incidentKey, faultKey, by, proof, endedAtMs }) {
      const incident = byKey.get(incidentKey);
      if (incident === undefined || !incident.openFaults.delete(faultKey) || incident.openFaults.size > 0) return null;
      remove(incident);
      return { incident, kind: "resolved", by, proof, endedAtMs };
    },
    tick(nowMs) {
      const endings: Ending[] = shared.takeAbandoned().map((incident) => {
        const proof = "every incident that had it in common has ended";
        return { incident, kind: "resolved", by: "objects", proof, endedAtMs: nowMs };
      });
      for (const { incident } of endings) remove(incident);
      for (const incident of byPlace.values()) {
        if (nowMs - incident.heardAtMs <= options.quietAfterMs) continue;
        if (incident.openFaults.size > 0 || shared.isInUse(incident)) continue;
        remove(incident);
        endings.push({ incident, kind: "quiet", by: "objects", proof: "", endedAtMs: nowMs });
      }
      return endings;
    },
    all: () => [...byPlace.values()],
    size: () => byPlace.size,
    takeSharedNews: shared.takeNews,
    restore(incidents, nowMs) {
      const kept = incidents.slice(-limit);
      for (const incident of kept) {
        // Nothing could be heard while the agent was away.
        incident.heardAtMs = nowMs;
        put(incident);
      }
      for (const incident of kept) shared.restore(incident);
    },
    reconcile(open) {
      for (const incident of byPlace.values()) incident.openFaults.clear();
      for (const { incidentKey, faultKey } of open) byKey.get(incidentKey)?.openFaults.add(faultKey);
    },
  };

  function ownerOf(pod: KnownPod | null, { kind, name }: Subject, namespace: string): TopOwner | null {
    return pod === null ? roster.ownerOf({ kind, namespace, name }) : pod.owner;
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
