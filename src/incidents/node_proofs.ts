import type { Roster } from "../inventory/roster.ts";
import type { FaultEnd } from "./fault.ts";
import { type Incident, NAMES_LIMIT } from "./incident.ts";

/** What proves that an incident is over. */
type Proof = Pick<FaultEnd, "by" | "proof">;

/**
 * Proves the end of what a lost node did. Events alone tell of it until a rule about objects does, and they have no end;
 * but the roster knows whether the node is ready again, or its pods are, there or elsewhere.
 */
interface NodeProofs {
  /** What proves the end of the incident now; `null` while nothing does. Ask every few seconds. */
  find(incident: Incident, nowMs: number): Proof | null;
  /** It was open before a restart: that its end was not seen to come proves nothing against it. */
  restored(incident: Incident): void;
  forget(incident: Incident): void;
}

/** What is known of an incident between two looks. */
interface Look {
  readonly heardAtMs: number;
  /** It was seen to last: what is well although it is reported may be old news. */
  wasSeen: boolean;
  wellSinceMs: number | null;
}

/** As long as a node must be ready before its own fault has ended. */
const HOLD_MS = 2 * 60_000;
/** What Events alone tell of a lost node: of itself, and of what it does to its pods. */
const RULES: ReadonlySet<string> = new Set([
  "node.not_ready.control_plane",
  "node.not_ready.kubelet",
  "node.not_ready.pod",
  "eviction.taint",
]);

/** Creates it; it remembers nothing of other incidents. */
export function createNodeProofs(roster: Roster): NodeProofs {
  const looks = new Map<string, Look>();

  function lookAt({ key, heardAtMs }: Incident): Look {
    const known = looks.get(key);
    if (known?.heardAtMs === heardAtMs) return known;
    const look: Look = { heardAtMs, wasSeen: false, wellSinceMs: null };
    looks.set(key, look);
    return look;
  }

  return {
    find(incident, nowMs) {
      const { rules, openFaults } = incident;
      if (openFaults.length > 0 || rules.length === 0 || !rules.every((rule) => RULES.has(rule))) return null;
      const look = lookAt(incident);
      const proof = proofOf(incident, roster);
      look.wasSeen ||= proof === null;
      if (proof === null) look.wellSinceMs = null;
      else look.wellSinceMs ??= nowMs;
      const isNews = look.wasSeen || hasChanged(incident, roster);
      return isNews && look.wellSinceMs !== null && nowMs - look.wellSinceMs >= HOLD_MS ? proof : null;
    },
    restored: (incident) => void (lookAt(incident).wasSeen = true),
    forget: ({ key }) => void looks.delete(key),
  };
}

/** Whether the nodes became ready after the last report; the API server writes times in whole seconds. */
function hasChanged({ nodes, heardAtMs }: Incident, roster: Roster): boolean {
  return nodes.length > 0 && nodes.every((name) => (roster.nodeOf(name)?.readySinceMs ?? 0) >= heardAtMs - 1_000);
}

function proofOf({ namespace, object, nodes }: Incident, roster: Roster): Proof | null {
  if (nodes.length > 0 && nodes.length < NAMES_LIMIT && nodes.every((name) => roster.nodeOf(name)?.ready === true)) {
    const which = nodes.length === 1 ? `the node ${nodes[0]} is` : `the nodes ${nodes.join(", ")} are`;
    return { by: "objects", proof: `${which} ready again for 2m` };
  }
  const { kind, name } = object;
  if (kind === "Node" || !roster.knowsPods()) return null;
  if (kind === "Pod") {
    const pod = roster.podOf(namespace, name);
    if (pod === null) return { by: "gone", proof: `pod ${namespace}/${name} is gone` };
    return pod.ready ? { by: "objects", proof: `pod ${namespace}/${name} is ready for 2m` } : null;
  }
  const groups = roster.groupsOf(namespace, object);
  const [pods, ready] = [sum(groups.map((group) => group.pods)), sum(groups.map((group) => group.ready))];
  if (ready < pods || kind === "") return null; // without its kind it was guessed, and nothing is known of it
  return pods === 0
    ? { by: "gone", proof: `${kind} ${namespace}/${name} has no pods any more` }
    : { by: "objects", proof: `${ready} of ${pods} pods of ${kind} ${namespace}/${name} are ready for 2m` };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
