import { readPod } from "./pod_record.ts";
import type { FeedStore } from "./feed_store.ts";

/** The pods' figures at one moment. */
export interface PodCounts {
  readonly total: number;
  readonly byPhase: ReadonlyMap<string, number>;
  readonly byNamespace: ReadonlyMap<string, number>;
  readonly restarts: number;
}

/** Counts pods as they come and go, without keeping them. */
export interface PodCounter extends FeedStore {
  counts(): PodCounts;
}

/** A pod's phase and restarts in one integer: an object a pod would take five times the memory. */
const PHASE_SLOTS = 32;

/**
 * Creates an empty counter. It holds a name and a number for each pod (about 100 bytes) and keeps the sums up to date,
 * so that reading them costs nothing however many pods there are.
 */
export function createPodCounter(): PodCounter {
  const pods = new Map<string, Map<string, number>>();
  const phases: string[] = [];
  const phaseCounts: number[] = [];
  let total = 0;
  let restarts = 0;

  const slotOf = (phase: string): number => {
    const known = phases.indexOf(phase);
    if (known !== -1) return known;
    // Kubernetes has five phases; a server that invents more than fit is counted under the last of them.
    if (phases.length === PHASE_SLOTS) return PHASE_SLOTS - 1;
    phaseCounts.push(0);
    return phases.push(phase) - 1;
  };
  const account = (packed: number, sign: 1 | -1): void => {
    const slot = packed % PHASE_SLOTS;
    phaseCounts[slot] = (phaseCounts[slot] ?? 0) + sign;
    restarts += sign * Math.floor(packed / PHASE_SLOTS);
    total += sign;
  };
  const forget = (namespace: string, name: string): void => {
    const inNamespace = pods.get(namespace);
    const packed = inNamespace?.get(name);
    if (inNamespace === undefined || packed === undefined) return;
    account(packed, -1);
    inNamespace.delete(name);
    if (inNamespace.size === 0) pods.delete(namespace);
  };

  return {
    put(object) {
      const pod = readPod(object);
      if (pod === null) return false;
      forget(pod.namespace, pod.name);
      const packed = pod.restarts * PHASE_SLOTS + slotOf(pod.phase);
      let inNamespace = pods.get(pod.namespace);
      if (inNamespace === undefined) pods.set(pod.namespace, inNamespace = new Map());
      inNamespace.set(pod.name, packed);
      account(packed, 1);
      return true;
    },
    delete(object) {
      const pod = readPod(object);
      if (pod === null) return false;
      forget(pod.namespace, pod.name);
      return true;
    },
    size: () => total,
    counts: () => ({
      total,
      byPhase: new Map(phases.map((phase, slot) => [phase, phaseCounts[slot] ?? 0] as const).filter(([, n]) => n > 0)),
      byNamespace: new Map([...pods].map(([namespace, names]) => [namespace, names.size])),
      restarts,
    }),
  };
}
