import assert from "node:assert/strict";
import { nodeShape } from "../../test/support/object_shapes.ts";
import { createFaultTracker } from "./fault_tracker.ts";
import { createObjectJudge } from "./judge_object.ts";
import { createNodeObserver } from "./node_observer.ts";
import { OBJECT_RULES } from "./object_rules.ts";

function start() {
  const tracker = createFaultTracker({ backlogMs: 0, population: () => null, onOverflow() {} });
  const judge = createObjectJudge(OBJECT_RULES, { isNodeDown: () => false, nodesOut: () => 0, templatesOf: () => [] });
  const observer = createNodeObserver({ judge, tracker, now: () => 0, onFinding() {} });
  return {
    tracker,
    observer,
    list: (...nodes: readonly unknown[]) => {
      observer.listStarted?.("/api/v1/nodes");
      for (const object of nodes) observer.change({ type: "ADDED", object, listed: true });
      observer.listed?.("/api/v1/nodes");
    },
    row: (name: string, status: string, type: "MODIFIED" | "DELETED" = "MODIFIED") => {
      const object = { kind: "Table", rows: [{ cells: [name, status, "<none>", "5d", "v1.36.3"] }] };
      observer.change({ type, object, listed: false });
    },
  };
}

const SILENT = { conditions: { Ready: { status: "Unknown", reason: "NodeStatusUnknown" } } };

Deno.test("node observer: a row that says nothing new costs no request", () => {
  const { observer, list, row } = start();
  list(nodeShape());
  for (let heartbeat = 0; heartbeat < 5; heartbeat++) row("node-6", "Ready");
  assert.deepEqual(observer.takeDoubtful(), []);
  row("node-6", "Ready,SchedulingDisabled");
  assert.deepEqual(observer.takeDoubtful(), ["node-6"]);
  row("node-6", "Ready,SchedulingDisabled");
  assert.deepEqual(observer.takeDoubtful(), []);
});

Deno.test("node observer: a node that is not ready is read, followed while it is a suspect, and known to be down", () => {
  const { observer, tracker, list, row } = start();
  list(nodeShape());
  row("node-6", "NotReady");
  assert.deepEqual(observer.takeDoubtful(), ["node-6"]);
  observer.change({ type: "MODIFIED", object: nodeShape(SILENT), listed: false });
  assert.deepEqual([observer.isDown("node-6"), observer.out(), tracker.suspects()], [true, 1, 1]);
  row("node-6", "NotReady"); // taints and the like do not show
  assert.deepEqual(observer.takeDoubtful(), ["node-6"]);
  observer.change({ type: "MODIFIED", object: nodeShape(), listed: false });
  assert.deepEqual([observer.isDown("node-6"), observer.out(), tracker.suspects()], [false, 0, 0]);
});

Deno.test("node observer: a node that was deleted, or that a list lacks, is forgotten", () => {
  const { observer, tracker, list, row } = start();
  list(nodeShape(SILENT), nodeShape({ ...SILENT, name: "node-7" }));
  assert.deepEqual([observer.out(), tracker.suspects()], [2, 2]);
  row("node-6", "NotReady", "DELETED");
  assert.deepEqual([observer.out(), tracker.suspects()], [1, 1]);
  list();
  assert.deepEqual([observer.out(), tracker.suspects()], [0, 0]);
});
