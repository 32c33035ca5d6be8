import type { FeedObserver } from "../inventory/feed_observer.ts";
import { type JsonObject, listOf, objectOf, textOf } from "../inventory/json_field.ts";
import { conditionOf } from "./condition_of.ts";
import { isNodeOut, NODE_RULE_FIELDS } from "./node_predicates.ts";
import type { ObserverOptions } from "./pod_observer.ts";
import { createReadyChanges } from "./ready_changes.ts";

/** Judges nodes, and knows which are down or out. */
export interface NodeObserver extends FeedObserver {
  isDown(name: string): boolean;
  /** Nodes that are not ready, cordoned or leaving. */
  out(): number;
  /** Names of nodes whose row says something that only the whole object can confirm; each once. */
  takeDoubtful(): readonly string[];
  /** It could not be read: it stays doubtful. */
  doubt(name: string): void;
}

/**
 * The feed brings whole nodes in a list and again when they are read anew; in between it brings table rows, which show
 * `Ready` and whether a node is cordoned. A row that says something new is a suspicion: the node is read.
 */
export function createNodeObserver(options: ObserverOptions): NodeObserver {
  const { judge, tracker, now, onFinding } = options;
  const changes = createReadyChanges();
  const out = new Set<string>();
  const down = new Set<string>();
  /** What the STATUS column said last; a node that is not here is `Ready`. */
  const unusual = new Map<string, string>();
  const doubtful = new Set<string>();
  const followed = new Set<string>();

  function forget(name: string): void {
    for (const names of [out, down, unusual, doubtful, followed]) names.delete(name);
    changes.forget(name);
    tracker.remove({ kind: "Node", namespace: "", name }, now());
    onFinding();
  }

  function takeWhole(name: string, node: JsonObject, listed: boolean): void {
    const isReady = conditionOf(objectOf(node.status), "Ready")?.status === "True";
    toggle(down, name, !isReady);
    toggle(out, name, isNodeOut(node));
    const found = judge.node(node, changes.note(name, isReady, now()));
    toggle(followed, name, found.length > 0);
    const uid = textOf(objectOf(node.metadata).uid);
    tracker.observe({ ref: { kind: "Node", namespace: "", name, uid }, owner: null, listed }, found, now());
    if (found.length > 0 || !tracker.isEmpty()) onFinding();
  }

  function takeRow(name: string, status: string): void {
    const before = unusual.get(name) ?? "Ready";
    changes.note(name, !/NotReady|Unknown/.test(status), now());
    if (status === before && !followed.has(name)) return;
    if (status === "Ready") unusual.delete(name);
    else unusual.set(name, status);
    doubtful.add(name);
    onFinding();
  }

  return {
    fields: NODE_RULE_FIELDS,
    change({ type, object, listed }) {
      const node = objectOf(object);
      if (node.kind === "Table") {
        const cells = listOf(objectOf(listOf(node.rows)[0]).cells);
        const name = textOf(cells[0]);
        if (name === "") return;
        if (type === "DELETED") forget(name);
        else takeRow(name, textOf(cells[1]));
        return;
      }
      const name = textOf(objectOf(node.metadata).name);
      if (name === "") return;
      if (type === "DELETED") forget(name);
      else takeWhole(name, node, listed);
    },
    listStarted() {
      for (const names of [out, down]) names.clear(); // the list brings them anew
      tracker.listStarted("Node", null);
    },
    listed() {
      tracker.listed("Node", null, now());
      onFinding();
    },
    isDown: (name) => down.has(name),
    out: () => out.size,
    doubt: (name) => void doubtful.add(name),
    takeDoubtful() {
      const names = [...doubtful];
      doubtful.clear();
      return names;
    },
  };
}

function toggle(names: Set<string>, name: string, isIn: boolean): void {
  if (isIn) names.add(name);
  else names.delete(name);
}
