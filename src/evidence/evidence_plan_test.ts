import assert from "node:assert/strict";
import { requestsOf } from "./collect_bundle.ts";
import { planEvidence } from "./evidence_plan.ts";

interface Row {
  readonly family: string;
  readonly kind: string;
  readonly message?: string;
  readonly parts: string;
  readonly requests: number;
}

const ROWS: readonly Row[] = [
  { family: "run", kind: "Pod", parts: "container log owner change node usage around parsed", requests: 8 },
  { family: "image", kind: "Pod", parts: "container owner change around parsed", requests: 5 },
  { family: "place", kind: "Pod", parts: "container claims owner change node around parsed", requests: 8 },
  {
    family: "place",
    kind: "ReplicaSet",
    message: 'pods "a" is forbidden: exceeded quota: small, requested: pods=1, used: pods=2, limited: pods=2',
    parts: "quota owner change node around parsed",
    requests: 6,
  },
  { family: "place", kind: "Deployment", parts: "container owner change node around parsed", requests: 8 },
  { family: "job", kind: "Job", parts: "container log owner around parsed", requests: 5 },
  { family: "volume", kind: "PersistentVolumeClaim", parts: "claims node around parsed", requests: 3 },
  { family: "volume", kind: "Pod", parts: "container claims owner node around parsed", requests: 5 },
  { family: "node", kind: "Node", parts: "node around parsed", requests: 1 },
  { family: "autoscaling", kind: "HorizontalPodAutoscaler", parts: "autoscaler around parsed", requests: 1 },
  { family: "lifecycle", kind: "Namespace", parts: "namespace_state node around parsed", requests: 2 },
  { family: "shared", kind: "registry", parts: "around parsed", requests: 0 },
  { family: "certificate", kind: "Certificate", parts: "node around parsed", requests: 1 },
];

for (const { family, kind, message = "", parts, requests } of ROWS) {
  Deno.test(`evidence plan: ${family} of a ${kind}${message === "" ? "" : ` that says ${message.slice(0, 40)}`}`, () => {
    const plan = planEvidence(family, { object: { kind, name: "x", uid: "" }, message });
    assert.deepEqual([plan.join(" "), requestsOf(plan, kind)], [parts, requests]);
  });
}
