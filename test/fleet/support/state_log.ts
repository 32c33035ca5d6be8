import type { ClusterState } from "../../../src/fleet/cluster_view.ts";

/** A cluster began to be in a state, as far as whoever looks every now and then can tell. */
export interface StateChange {
  readonly state: ClusterState;
  readonly atMs: number;
}

/** What was seen of a fleet, look after look. */
export interface StateLog {
  /** `atMs` of any clock that never goes back. */
  look(clusters: Iterable<{ readonly id: string; readonly state: ClusterState }>, atMs: number): void;
  changesOf(id: string): readonly StateChange[];
}

/** Keeps the changes of each cluster's state. */
export function createStateLog(): StateLog {
  const changes = new Map<string, StateChange[]>();
  return {
    look(clusters, atMs) {
      for (const { id, state } of clusters) {
        const known = changes.get(id) ?? [];
        if (known.at(-1)?.state !== state) known.push({ state, atMs });
        changes.set(id, known);
      }
    },
    changesOf: (id) => changes.get(id) ?? [],
  };
}

/** The way of an agent that is gone. A step back, a step left out or another state is flickering. */
const DYING: readonly ClusterState[] = ["fresh", "stale", "lost"];

/** Whether a cluster went from fresh through stale to lost, each once. */
export function diedInOrder(changes: readonly StateChange[]): boolean {
  return changes.length === DYING.length && changes.every(({ state }, at) => state === DYING[at]);
}

/** Whether a cluster was `state` at every look, and there was one. */
export function stayed(changes: readonly StateChange[], state: ClusterState): boolean {
  return changes.length === 1 && changes[0]?.state === state;
}

/** When a cluster was first seen in `state`, after `fromMs`; the latest of several. `null` where one never was. */
export function lastToBe(
  state: ClusterState,
  fromMs: number,
  all: readonly (readonly StateChange[])[],
): number | null {
  let last = 0;
  for (const changes of all) {
    const change = changes.find((each) => each.state === state && each.atMs >= fromMs);
    if (change === undefined) return null;
    last = Math.max(last, change.atMs - fromMs);
  }
  return last;
}

/** The earliest, likewise. */
export function firstToBe(
  state: ClusterState,
  fromMs: number,
  all: readonly (readonly StateChange[])[],
): number | null {
  const times = all.flatMap((changes) => {
    const change = changes.find((each) => each.state === state && each.atMs >= fromMs);
    return change === undefined ? [] : [change.atMs - fromMs];
  });
  return times.length === 0 ? null : Math.min(...times);
}
