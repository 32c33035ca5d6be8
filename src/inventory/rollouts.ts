/** The newest template of one workload, as far as the agent has seen. */
interface Rollout {
  /** The ReplicaSet or ControllerRevision. */
  readonly replicaSet: string;
  /** When its first pod was made, or it was scaled up for the first time; wall clock. */
  readonly atMs: number;
  /** What told of it: an Event of the Deployment, or the pods. */
  readonly seenBy: "event" | "pods";
}

/** Remembers the newest template of each workload. Bounded: the workload that changed longest ago is forgotten first. */
export interface Rollouts {
  /** A pod of `replicaSet` was seen that was made at `atMs`, and none of that template before it. */
  sawPods(namespace: string, owner: string, replicaSet: string, atMs: number): void;
  /** An Event `ScalingReplicaSet` of a Deployment passed by. */
  sawEvent(namespace: string, deployment: string, message: string, atMs: number): void;
  newestOf(namespace: string, owner: string): Rollout | null;
  size(): number;
}

const ROLLOUT_LIMIT = 1_024;
/** How the Deployment controller has worded it through the years (pkg/controller/deployment/sync.go, scaleReplicaSet). */
const SCALED_UP = /^Scaled up replica set ([a-z0-9.-]{1,253}) (?:from (\d+) )?to (\d+)(?: from (\d+))?$/;

/** Creates an empty memory. */
export function createRollouts(limit: number = ROLLOUT_LIMIT): Rollouts {
  const newest = new Map<string, Rollout>();

  function note(namespace: string, owner: string, rollout: Rollout): void {
    const key = `${namespace}\n${owner}`;
    const known = newest.get(key);
    // The same template again is no change: pods that moved, or a scale-up from 0.
    if (known !== undefined && (known.replicaSet === rollout.replicaSet || known.atMs > rollout.atMs)) return;
    newest.delete(key);
    newest.set(key, rollout);
    if (newest.size <= limit) return;
    for (const oldest of newest.keys()) {
      newest.delete(oldest);
      return;
    }
  }

  return {
    sawPods: (namespace, owner, replicaSet, atMs) => note(namespace, owner, { replicaSet, atMs, seenBy: "pods" }),
    sawEvent(namespace, deployment, message, atMs) {
      const [, replicaSet, from, , fromBehind] = SCALED_UP.exec(message) ?? [];
      // Whatever had pods before is no new template; older servers do not say how many there were.
      if (replicaSet === undefined || Number(from ?? fromBehind ?? 0) !== 0) return;
      note(namespace, deployment, { replicaSet, atMs, seenBy: "event" });
    },
    newestOf: (namespace, owner) => newest.get(`${namespace}\n${owner}`) ?? null,
    size: () => newest.size,
  };
}
