import type { FeedStore } from "./feed_store.ts";
import { createNameTable } from "./name_table.ts";
import { createPodGroupTable, type PodGroup } from "./pod_group.ts";
import { readPod } from "./pod_record.ts";
import type { Owner } from "./top_owner.ts";

/** The pods' figures at one moment. */
export interface PodCounts {
  readonly total: number;
  readonly byPhase: ReadonlyMap<string, number>;
  readonly byNamespace: ReadonlyMap<string, number>;
  readonly restarts: number;
}

/** What the roster knows of a pod. */
export interface KnownPod {
  readonly owner: Owner | null;
  /** `null` before it is scheduled. */
  readonly node: string | null;
  readonly phase: string;
  readonly restarts: number;
  /** The ReplicaSet or ControllerRevision that it was made from; `null` for others. */
  readonly replicaSet: string | null;
  readonly ready: boolean;
}

/** A pod by its name. */
export interface PodName {
  readonly namespace: string;
  readonly name: string;
  readonly ready: boolean;
}

/** Pods as they come and go: their sums, and of each its owner and node; nothing else is kept. */
export interface PodRoster extends FeedStore {
  counts(): PodCounts;
  podOf(namespace: string, name: string): KnownPod | null;
  /** The pods of one owner, by the template that they were made from. */
  groupsOf(namespace: string, owner: Pick<Owner, "kind" | "name">): readonly PodGroup[];
  groups(): readonly PodGroup[];
  /** How many pods are on a node. */
  countOnNode(node: string): number;
  /** The pods on a node: goes through all pods. */
  podsOfNode(node: string): readonly PodName[];
}

const PHASE_SLOTS = 32;
const READY = 32;
/** Restarts are kept in 32 bits. */
const MOST_RESTARTS = 2 ** 32 - 1;
const FIRST_SIZE = 64;
/** Twice as many would leave half of the columns empty on average. */
const GROWTH = 1.25;

/**
 * Creates an empty roster; `onGroup` is told of each group of pods as its first pod comes and when its last one
 * is gone. A pod is a name in a map and 13
 * bytes in four columns: an object a pod would take eight times the memory. Sums are kept up to date, so that reading
 * them costs nothing however many pods there are.
 */
export function createPodRoster(onGroup: (group: PodGroup) => void = () => {}): PodRoster {
  const pods = new Map<string, Map<string, number>>();
  const groups = createPodGroupTable(onGroup);
  const nodes = createNameTable();
  const phases: string[] = [];
  const phaseCounts: number[] = [];
  const free: number[] = [];
  let used = 0;
  let total = 0;
  let restarts = 0;
  // The columns: of the pod with number n, its restarts, its group, its node, and its phase with the bit READY.
  let restartsOf = new Uint32Array(FIRST_SIZE);
  let groupOf = new Uint32Array(FIRST_SIZE);
  let nodeOf = new Uint32Array(FIRST_SIZE);
  let stateOf = new Uint8Array(FIRST_SIZE);

  const slotOf = (phase: string): number => {
    const known = phases.indexOf(phase);
    if (known !== -1) return known;
    // Kubernetes has five phases; a server that invents more than fit is counted under the last of them.
    if (phases.length === PHASE_SLOTS) return PHASE_SLOTS - 1;
    phaseCounts.push(0);
    return phases.push(phase) - 1;
  };

  function grow(): void {
    const size = Math.ceil(restartsOf.length * GROWTH);
    const grown = <T extends Uint32Array | Uint8Array>(column: T, wider: T): T => {
      wider.set(column);
      return wider;
    };
    restartsOf = grown(restartsOf, new Uint32Array(size));
    groupOf = grown(groupOf, new Uint32Array(size));
    nodeOf = grown(nodeOf, new Uint32Array(size));
    stateOf = grown(stateOf, new Uint8Array(size));
  }

  function account(pod: number, sign: 1 | -1): void {
    const state = stateOf[pod] ?? 0;
    const slot = state % PHASE_SLOTS;
    phaseCounts[slot] = (phaseCounts[slot] ?? 0) + sign;
    restarts += sign * (restartsOf[pod] ?? 0);
    total += sign;
  }

  const isReady = (pod: number) => ((stateOf[pod] ?? 0) & READY) !== 0;

  function forget(namespace: string, name: string): void {
    const inNamespace = pods.get(namespace);
    const pod = inNamespace?.get(name);
    if (inNamespace === undefined || pod === undefined) return;
    account(pod, -1);
    groups.count(groupOf[pod] ?? 0, -1, isReady(pod));
    nodes.release(nodeOf[pod] ?? 0);
    inNamespace.delete(name);
    if (inNamespace.size === 0) pods.delete(namespace);
    free.push(pod);
  }

  function* all(): Generator<{ namespace: string; name: string; pod: number }> {
    for (const [namespace, names] of pods) for (const [name, pod] of names) yield { namespace, name, pod };
  }

  return {
    put(object) {
      const read = readPod(object);
      if (read === null) return false;
      let inNamespace = pods.get(read.namespace);
      if (inNamespace === undefined) pods.set(read.namespace, inNamespace = new Map());
      let pod = inNamespace.get(read.name);
      const isNew = pod === undefined;
      if (pod === undefined) {
        pod = free.pop() ?? used++;
        if (pod === restartsOf.length) grow();
        inNamespace.set(read.name, pod);
        groupOf[pod] = 0;
      }
      const before = groupOf[pod] ?? 0;
      const group = groups.find(read, before);
      const node = nodes.acquire(read.node);
      groups.count(group, 1, read.ready); // in before out: a group of one pod must not go
      if (!isNew) {
        account(pod, -1);
        groups.count(before, -1, isReady(pod));
        nodes.release(nodeOf[pod] ?? 0);
      }
      restartsOf[pod] = Math.min(read.restarts, MOST_RESTARTS);
      groupOf[pod] = group;
      nodeOf[pod] = node;
      stateOf[pod] = slotOf(read.phase) + (read.ready ? READY : 0);
      account(pod, 1);
      return true;
    },
    delete(object) {
      const read = readPod(object);
      if (read === null) return false;
      forget(read.namespace, read.name);
      return true;
    },
    size: () => total,
    counts: () => ({
      total,
      byPhase: new Map(phases.map((phase, slot) => [phase, phaseCounts[slot] ?? 0] as const).filter(([, n]) => n > 0)),
      byNamespace: new Map([...pods].map(([namespace, names]) => [namespace, names.size])),
      restarts,
    }),
    podOf(namespace, name) {
      const pod = pods.get(namespace)?.get(name);
      if (pod === undefined) return null;
      const state = stateOf[pod] ?? 0;
      const group = groups.groupOf(groupOf[pod] ?? 0);
      return {
        owner: group?.owner ?? null,
        node: nodes.nameOf(nodeOf[pod] ?? 0) || null,
        phase: phases[state % PHASE_SLOTS] ?? "Unknown",
        restarts: restartsOf[pod] ?? 0,
        replicaSet: group === null || group.revision === "" ? null : group.revision,
        ready: isReady(pod),
      };
    },
    groupsOf: (namespace, owner) => groups.ofOwner(namespace, owner),
    groups: groups.all,
    countOnNode: (node) => nodes.uses(node),
    podsOfNode(node) {
      if (node === "" || nodes.uses(node) === 0) return [];
      const found: PodName[] = [];
      for (const { namespace, name, pod } of all()) {
        if (nodes.nameOf(nodeOf[pod] ?? 0) !== node) continue;
        found.push({ namespace, name, ready: isReady(pod) });
      }
      return found;
    },
  };
}
