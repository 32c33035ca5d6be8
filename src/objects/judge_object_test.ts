import assert from "node:assert/strict";
import { objectShape, SHAPE_TIME } from "../../test/support/object_shapes.ts";
import { createObjectJudge } from "./judge_object.ts";
import type { JudgedKind } from "./object_rule.ts";
import { OBJECT_RULE_IDS, OBJECT_RULES } from "./object_rules.ts";

type Shape = Parameters<typeof objectShape>[1];

const FAILED = {
  status: "False",
  reason: "ProgressDeadlineExceeded",
  message: "ReplicaSet has timed out progressing.",
};
const TOO_MANY = { status: "True", reason: "TooManyReplicas" };
const HPA = { scaleTargetRef: { kind: "Deployment", name: "web" }, minReplicas: 2, maxReplicas: 10 };

const ROWS: readonly (readonly [JudgedKind, string, Shape, readonly string[]])[] = [
  ["Deployment", "rolled out", { spec: { replicas: 3 }, status: { availableReplicas: 3 } }, []],
  ["Deployment", "in a rollout", {
    spec: { replicas: 3 },
    status: { availableReplicas: 2, updatedReplicas: 1 },
    conditions: { Progressing: { status: "True", reason: "ReplicaSetUpdated" }, Available: "True" },
  }, []],
  ["Deployment", "past its progress deadline while the old pods serve", {
    spec: { replicas: 3 },
    status: { availableReplicas: 3 },
    conditions: { Progressing: FAILED, Available: "True" },
  }, ["deployment.rollout.stuck"]],
  ["Deployment", "past its progress deadline and paused", {
    spec: { replicas: 3, paused: true },
    status: { availableReplicas: 3 },
    conditions: { Progressing: FAILED },
  }, ["deployment.rollout.stuck (paused)"]],
  ["Deployment", "over its quota", {
    spec: { replicas: 3 },
    status: { availableReplicas: 1 },
    conditions: { ReplicaFailure: { status: "True", reason: "FailedCreate", message: "exceeded quota: compute" } },
  }, ["deployment.rollout.stuck"]],
  ["Deployment", "without one available replica", {
    spec: { replicas: 3 },
    conditions: { Available: { status: "False", reason: "MinimumReplicasUnavailable" } },
  }, ["deployment.available.none"]],
  ["Deployment", "scaled to 0", { spec: { replicas: 0 }, conditions: { Available: "True" } }, []],
  ["StatefulSet", "short of a replica", { spec: { replicas: 3 }, status: { readyReplicas: 2, replicas: 3 } }, [
    "deployment.stateful_set.stuck",
  ]],
  ["StatefulSet", "complete", { spec: { replicas: 3 }, status: { readyReplicas: 3 } }, []],
  ["DaemonSet", "short of two pods with one node out", {
    status: { desiredNumberScheduled: 20, numberAvailable: 18, updatedNumberScheduled: 20 },
  }, ["deployment.daemon_set.short"]],
  ["DaemonSet", "short of the pod of the node that is out", {
    status: { desiredNumberScheduled: 20, numberAvailable: 19 },
  }, []],
  ["DaemonSet", "just changed", {
    status: { desiredNumberScheduled: 20, numberAvailable: 10, observedGeneration: 2 },
  }, []],
  ["HorizontalPodAutoscaler", "at its limit", { spec: HPA, conditions: { ScalingLimited: TOO_MANY } }, [
    "autoscaling.hpa.limited",
  ]],
  ["HorizontalPodAutoscaler", "at a limit that is its minimum too", {
    spec: { ...HPA, minReplicas: 10 },
    conditions: { ScalingLimited: TOO_MANY },
  }, []],
  ["HorizontalPodAutoscaler", "that wants exactly its maximum", {
    spec: HPA,
    status: { currentReplicas: 10, desiredReplicas: 10 },
    conditions: { ScalingLimited: { status: "False", reason: "DesiredWithinRange" } },
  }, []],
  ["HorizontalPodAutoscaler", "idle at its minimum", {
    spec: HPA,
    conditions: { ScalingLimited: { status: "True", reason: "TooFewReplicas" } },
  }, []],
  ["HorizontalPodAutoscaler", "that can't read its metric", {
    spec: HPA,
    conditions: { ScalingActive: { status: "False", reason: "FailedGetResourceMetric", message: "no metrics" } },
  }, ["autoscaling.hpa.blind"]],
  ["HorizontalPodAutoscaler", "whose target was scaled to 0", {
    spec: HPA,
    conditions: { ScalingActive: { status: "False", reason: "ScalingDisabled" } },
  }, []],
  ["APIService", "that does not answer", {
    namespace: "",
    name: "v1beta1.custom.metrics.k8s.io",
    spec: { service: { namespace: "monitoring", name: "adapter" } },
    conditions: { Available: { status: "False", reason: "MissingEndpoints" } },
  }, ["network.api_service.down"]],
  ["APIService", "that answers", { namespace: "", conditions: { Available: "True" } }, []],
  ["Namespace", "that does not go", {
    namespace: "",
    metadata: { deletionTimestamp: SHAPE_TIME },
    status: { phase: "Terminating" },
    conditions: {
      NamespaceDeletionDiscoveryFailure: { status: "True", reason: "DiscoveryFailed", message: "v1beta1.x: down" },
    },
  }, ["lifecycle.namespace.stuck"]],
  ["Namespace", "in use", { namespace: "", status: { phase: "Active" } }, []],
];

const judge = createObjectJudge(OBJECT_RULES, { isNodeDown: () => false, nodesOut: () => 1, templatesOf: () => [] });

for (const [kind, name, shape, expected] of ROWS) {
  Deno.test(`object rules: a ${kind} ${name}`, () => {
    const found = judge.other(kind, objectShape(kind, shape));
    assert.deepEqual(
      found.map(({ rule, excuse }) => rule.id + (excuse === null ? "" : ` (${excuse})`)),
      expected,
    );
  });
}

Deno.test("object rules: a rollout is stuck since its last progress, not since the deadline", () => {
  const object = objectShape("Deployment", {
    spec: { replicas: 3, progressDeadlineSeconds: 300 },
    status: { availableReplicas: 3 },
    conditions: { Progressing: FAILED },
  });
  assert.equal(judge.other("Deployment", object)[0]?.finding.sinceMs, Date.parse(SHAPE_TIME) - 300_000);
});

Deno.test("object rules: a young Deployment may take its progress deadline before it has a replica", () => {
  const object = objectShape("Deployment", {
    spec: { replicas: 3 },
    metadata: { creationTimestamp: SHAPE_TIME },
    conditions: { Available: "False" },
  });
  assert.equal(judge.other("Deployment", object)[0]?.finding.notBeforeMs, Date.parse(SHAPE_TIME) + 600_000);
});

Deno.test("object rules: the certificate is told fourteen days before its end, as critical in the last three", () => {
  const nowMs = Date.parse(SHAPE_TIME);
  const ends = (days: number) =>
    judge.certificate({ server: "https://10.0.0.1:443", validToMs: nowMs + days * 86_400_000 }, nowMs)
      .map(({ finding }) => [finding.severity ?? "medium", finding.message.split(" (")[0]]);
  const server = "The certificate of the API server https://10.0.0.1:443";
  assert.deepEqual(ends(15), []);
  assert.deepEqual(ends(13), [["medium", `${server} ends in 13 days`]]);
  assert.deepEqual(ends(1), [["critical", `${server} ends in 1 day`]]);
  assert.deepEqual(ends(-1), [["critical", `${server} has ended`]]);
});

Deno.test("object rules: ids are unique, and each names its category", () => {
  assert.equal(new Set(OBJECT_RULE_IDS).size, OBJECT_RULE_IDS.length);
  assert.equal(OBJECT_RULES.length, 25);
  for (const { id, category } of OBJECT_RULES) assert.equal(id.split(".")[0], category);
});
