import assert from "node:assert/strict";
import { nodeShape, SHAPE_TIME } from "../../test/support/object_shapes.ts";
import { createObjectJudge } from "./judge_object.ts";
import { isNodeOut } from "./node_predicates.ts";
import { OBJECT_RULES } from "./object_rules.ts";
import { createReadyChanges } from "./ready_changes.ts";

const judge = createObjectJudge(OBJECT_RULES, { isNodeDown: () => false, nodesOut: () => 0, templatesOf: () => [] });
const SILENT = { Ready: { status: "Unknown", reason: "NodeStatusUnknown" } };
const taint = (key: string) => ({ spec: { taints: [{ key, effect: "NoSchedule" }] } });

const ROWS: readonly (readonly [string, Parameters<typeof nodeShape>[0], readonly string[]])[] = [
  ["ready", {}, []],
  ["silent", { conditions: SILENT }, ["node.ready.false"]],
  ["not healthy", { conditions: { Ready: { status: "False", reason: "KubeletNotReady" } } }, ["node.ready.false"]],
  ["silent and cordoned", { conditions: SILENT, spec: { unschedulable: true } }, ["node.ready.false (cordoned)"]],
  ...[
    "ToBeDeletedByClusterAutoscaler",
    "cloud.google.com/impending-node-termination",
    "aws-node-termination-handler/spot-itn",
    "karpenter.sh/disrupted",
    "node.kubernetes.io/out-of-service",
  ].map((key): readonly [string, Parameters<typeof nodeShape>[0], readonly string[]] => [
    `silent with the taint ${key}`,
    { conditions: SILENT, ...taint(key) },
    ["node.ready.false (leaving)"],
  ]),
  ["silent with the taints that silence brings", { conditions: SILENT, ...taint("node.kubernetes.io/unreachable") }, [
    "node.ready.false",
  ]],
  ["short of memory", { conditions: { MemoryPressure: "True" } }, ["node.pressure.lasting"]],
  ["short of disk and process ids", { conditions: { DiskPressure: "True", PIDPressure: "True" } }, [
    "node.pressure.lasting",
  ]],
  ["without a network", { conditions: { NetworkUnavailable: "True" } }, ["node.network.unavailable"]],
];

for (const [name, shape, expected] of ROWS) {
  Deno.test(`node rules: a node that is ${name}`, () => {
    const found = judge.node(nodeShape(shape), []);
    assert.deepEqual(
      found.map(({ rule, excuse }) => rule.id + (excuse === null ? "" : ` (${excuse})`)),
      expected,
    );
  });
}

Deno.test("node rules: the time is that of the transition, not of the heartbeat", () => {
  const [found] = judge.node(nodeShape({ conditions: SILENT }), []);
  assert.equal(found?.finding.sinceMs, Date.parse(SHAPE_TIME));
});

Deno.test("node rules: the fifth change of Ready within a quarter of an hour is one too many", () => {
  const changes = createReadyChanges();
  const minute = 60_000;
  let seen: readonly number[] = [];
  const turns: boolean[] = [false, true, false, true, false];
  turns.forEach((ready, index) => seen = changes.note("node-6", ready, index * minute));
  assert.equal(seen.length, 4);
  assert.deepEqual(judge.node(nodeShape(), seen), []);
  seen = changes.note("node-6", true, 5 * minute);
  assert.deepEqual(judge.node(nodeShape(), seen).map(({ rule }) => rule.id), ["node.ready.flapping"]);
  assert.equal(changes.note("node-6", true, 60 * minute).length, 0);
});

Deno.test("node rules: pods may be missing on a node that is not ready, cordoned or leaving", () => {
  assert.equal(isNodeOut(nodeShape()), false);
  assert.equal(isNodeOut(nodeShape({ conditions: SILENT })), true);
  assert.equal(isNodeOut(nodeShape({ spec: { unschedulable: true } })), true);
  assert.equal(isNodeOut(nodeShape(taint("karpenter.sh/disrupted"))), true);
});
