import assert from "node:assert/strict";
import { createIncidentRig, faultOf, type IncidentRig, rosterPod } from "../../test/support/incident_rig.ts";
import type { FaultSighting } from "./fault.ts";

const MINUTE_MS = 60_000;
const POD = "web-6c8d4f9b7d-2ptz5";
const RS = "web-6c8d4f9b7d";

interface Row {
  readonly name: string;
  /** What happened before. */
  readonly before?: (rig: IncidentRig) => void;
  readonly fault?: Partial<FaultSighting>;
  /** Kind, confidence and object of each cause. */
  readonly causes: readonly (readonly [kind: string, confidence: string, object: string])[];
}

const onNode = (rig: IncidentRig) => rig.pods.put(rosterPod({ name: POD, replicaSet: RS, node: "node-6" }));
const nodeLost = (rig: IncidentRig, severity: FaultSighting["severity"] = "critical") =>
  rig.store.open(faultOf(rig, { ...lostNode("node-6"), severity }));
function lostNode(name: string): Partial<FaultSighting> {
  return {
    rule: "node.not_ready.control_plane",
    category: "node",
    severity: "critical",
    namespace: "",
    object: { kind: "Node", name, uid: name },
    container: "",
  };
}
const inImage = (
  name: string,
  message = 'Failed to pull image "registry.example.com/web"',
): Partial<FaultSighting> => ({
  rule: "image.pull.unreachable",
  category: "image",
  message,
  object: { kind: "Deployment", name, uid: "" },
});

const noPods: Partial<FaultSighting> = {
  kind: "object",
  rule: "network.service.selects_none",
  category: "network",
  object: { kind: "Service", name: "front", uid: "s" },
  related: { kind: "Deployment", name: "web" },
  container: "",
  faultKey: "s",
};

const ROWS: readonly Row[] = [
  {
    name: "a Service lost the pods of a workload whose template is new",
    before: (rig) => rig.rollouts.sawPods("shop", "web", RS, rig.nowMs - 12 * MINUTE_MS),
    fault: noPods,
    causes: [["change", "medium", "Deployment/shop/web"]],
  },
  {
    name: "a Service misses the pods of a workload whose template is old",
    before: (rig) => rig.rollouts.sawPods("shop", "web", RS, rig.nowMs - 40 * MINUTE_MS),
    fault: noPods,
    causes: [],
  },
  { name: "nothing happened before", causes: [] },
  {
    name: "the pod's node was lost: sure for what follows from it",
    before(rig) {
      onNode(rig);
      nodeLost(rig);
    },
    fault: { rule: "node.not_ready.pod", category: "node", severity: "high" },
    causes: [["node", "high", "Node/node-6"]],
  },
  {
    name: "the pod's node was lost: likely for anything else",
    before(rig) {
      onNode(rig);
      nodeLost(rig);
    },
    causes: [["node", "medium", "Node/node-6"]],
  },
  {
    name: "a node that had something mild explains nothing",
    before(rig) {
      onNode(rig);
      nodeLost(rig, "low");
    },
    causes: [],
  },
  {
    name: "a node that was lost long ago explains no crash of today",
    before(rig) {
      onNode(rig);
      nodeLost(rig);
      rig.nowMs += 11 * MINUTE_MS;
    },
    causes: [],
  },
  {
    name: "taints evict the pods of a lost node five minutes later",
    before(rig) {
      onNode(rig);
      nodeLost(rig);
      rig.nowMs += 5 * MINUTE_MS;
    },
    fault: { rule: "eviction.taint", category: "eviction" },
    causes: [["node", "high", "Node/node-6"]],
  },
  {
    name: "a new template beside older pods that run",
    before(rig) {
      onNode(rig);
      rig.pods.put(rosterPod({ name: "web-5b9d8c7f4d-zx2vk", replicaSet: "web-5b9d8c7f4d" }));
      rig.rollouts.sawEvent("shop", "web", `Scaled up replica set ${RS} from 0 to 1`, rig.nowMs - 90_000);
    },
    causes: [["change", "high", "Deployment/shop/web"]],
  },
  {
    name: "a new template without older pods",
    before(rig) {
      rig.rollouts.sawEvent("shop", "web", `Scaled up replica set ${RS} from 0 to 1`, rig.nowMs - 90_000);
      onNode(rig);
    },
    causes: [["change", "medium", "Deployment/shop/web"]],
  },
  {
    name: "a new template that the affected pod is not of",
    before(rig) {
      onNode(rig);
      rig.rollouts.sawEvent("shop", "web", "Scaled up replica set web-5b9d8c7f4d from 0 to 1", rig.nowMs - 90_000);
    },
    causes: [],
  },
  {
    name: "a template of an hour ago is no change",
    before(rig) {
      onNode(rig);
      rig.rollouts.sawEvent("shop", "web", `Scaled up replica set ${RS} from 0 to 1`, rig.nowMs - 60 * MINUTE_MS);
    },
    causes: [],
  },
  {
    name: "a rollout that is stuck on an image",
    before: (rig) => void rig.store.open(faultOf(rig, inImage("web"))),
    fault: {
      kind: "object",
      rule: "deployment.rollout.stuck",
      category: "deployment",
      object: { kind: "Deployment", name: "web", uid: "" },
    },
    causes: [["owner", "high", "Deployment/shop/web"]],
  },
  {
    name: "two owners with one registry are no shared cause",
    before: (rig) => void rig.store.open(faultOf(rig, inImage("api"))),
    fault: inImage("web"),
    causes: [],
  },
  {
    name: "the third owner with one registry makes it a shared cause",
    before(rig) {
      for (const name of ["api", "blog"]) rig.store.open(faultOf(rig, inImage(name)));
    },
    fault: inImage("web"),
    causes: [["shared", "medium", "registry/registry.example.com"]],
  },
  {
    name: "three owners with three registries are no shared cause",
    before(rig) {
      for (const name of ["api", "blog"]) {
        rig.store.open(faultOf(rig, inImage(name, `Failed to pull image "${name}.example.com/x"`)));
      }
    },
    fault: inImage("web"),
    causes: [],
  },
  {
    name: "three owners with one registry within an hour are no shared cause",
    before(rig) {
      for (const name of ["api", "blog"]) {
        rig.store.open(faultOf(rig, inImage(name)));
        rig.nowMs += 20 * MINUTE_MS;
      }
    },
    fault: inImage("web"),
    causes: [],
  },
  {
    name: "the third node of a pool makes the pool the cause",
    before(rig) {
      for (const name of ["node-1", "node-2", "node-3"]) {
        rig.nodes.put({ metadata: { name, labels: { "eks.amazonaws.com/nodegroup": "spot" } }, status: {} });
      }
      for (const name of ["node-1", "node-2"]) rig.store.open(faultOf(rig, lostNode(name)));
    },
    fault: lostNode("node-3"),
    causes: [["shared", "medium", "node_pool/spot"]],
  },
  {
    name: "a namespace that can't go because an aggregated API is down",
    before: (rig) =>
      void rig.store.open(faultOf(rig, {
        kind: "object",
        rule: "network.api_service.down",
        category: "network",
        namespace: "",
        object: { kind: "APIService", name: "v1beta1.custom.metrics.k8s.io", uid: "" },
      })),
    fault: {
      kind: "object",
      rule: "lifecycle.namespace.stuck",
      category: "lifecycle",
      namespace: "",
      object: { kind: "Namespace", name: "old", uid: "" },
      message: "Discovery failed for some groups: unable to retrieve custom.metrics.k8s.io/v1beta1",
    },
    causes: [["api", "high", "APIService/v1beta1.custom.metrics.k8s.io"]],
  },
];

for (const { name, before, fault, causes } of ROWS) {
  Deno.test(`causes: ${name}`, () => {
    const rig = createIncidentRig();
    before?.(rig);
    const { stamp } = rig.store.open(faultOf(rig, fault));
    assert.deepEqual(stamp.causes.map(({ kind, confidence, object }) => [kind, confidence, object]), causes);
    for (const { reason } of stamp.causes) assert.ok(reason.length > 10 && reason.length < 300, reason);
  });
}

Deno.test("causes: the node's incident that comes a moment later is the cause from the next report on", () => {
  const rig = createIncidentRig();
  onNode(rig);
  assert.deepEqual(rig.store.open(faultOf(rig)).stamp.causes, []);
  rig.nowMs += 10_000;
  nodeLost(rig);
  rig.nowMs += 11 * MINUTE_MS; // too late to conclude it anew: it is remembered
  assert.deepEqual(rig.store.open(faultOf(rig)).stamp.causes.map(({ kind, object }) => [kind, object]), [[
    "node",
    "Node/node-6",
  ]]);
});

Deno.test("causes: a shared cause ends with the last incident that has it", () => {
  const rig = createIncidentRig();
  const keys = ["api", "blog", "web"].map((name) =>
    rig.store.open(faultOf(rig, { ...inImage(name), kind: "object", faultKey: "pull" })).stamp.incident.key
  );
  assert.deepEqual(rig.store.all().map(({ family }) => family), ["image", "image", "image", "shared"]);
  assert.equal(rig.store.takeSharedNews(), true);
  rig.nowMs += 40 * MINUTE_MS; // silence alone ends it no more than its members
  assert.deepEqual(rig.store.tick(rig.nowMs), []);
  for (const incidentKey of keys) {
    rig.store.end({ incidentKey, faultKey: "pull", by: "objects", proof: "pulled", endedAtMs: rig.nowMs });
  }
  assert.deepEqual(rig.store.tick(rig.nowMs).map(({ kind, incident }) => [kind, incident.object.name]), [
    ["resolved", "registry.example.com"],
  ]);
  assert.equal(rig.store.size(), 0);
});
