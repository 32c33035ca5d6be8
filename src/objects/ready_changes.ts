/** How long a change of `Ready` counts. */
const WINDOW_MS = 15 * 60_000;
/** More than that many of one node say nothing more. */
const MOST_CHANGES = 20;

/** Counts how often each node turned ready or not ready of late. A node that never was not ready takes no memory. */
interface ReadyChanges {
  /** The node is so now; returns the times of its changes within the window. */
  note(node: string, ready: boolean, nowMs: number): readonly number[];
  forget(node: string): void;
}

/** Creates an empty count. */
export function createReadyChanges(): ReadyChanges {
  const nodes = new Map<string, { ready: boolean; changes: number[] }>();
  return {
    note(node, ready, nowMs) {
      const known = nodes.get(node);
      if (known === undefined) {
        if (!ready) nodes.set(node, { ready, changes: [] }); // when it changed is not known
        return [];
      }
      if (known.ready !== ready) {
        known.ready = ready;
        known.changes.push(nowMs);
      }
      known.changes = known.changes.filter((atMs) => nowMs - atMs <= WINDOW_MS).slice(-MOST_CHANGES);
      if (ready && known.changes.length === 0) nodes.delete(node);
      return known.changes;
    },
    forget: (node) => void nodes.delete(node),
  };
}
