import assert from "node:assert/strict";
import { createIncidentRig, faultOf, type IncidentRig, rosterPod } from "../../test/support/incident_rig.ts";
import { readSnapshot, takeSnapshot } from "./incident_snapshot.ts";

const MINUTE_MS = 60_000;
const PODS = ["web-6c8d4f9b7d-2ptz5", "web-6c8d4f9b7d-9w4fz"];
const LOST = { rule: "node.not_ready.pod", category: "node", severity: "high" } as const;

function putNode(rig: IncidentRig, name: string, ready: boolean): void {
  const lastTransitionTime = new Date(rig.nowMs).toISOString();
  const conditions = [{ type: "Ready", status: ready ? "True" : "Unknown", lastTransitionTime }];
  rig.nodes.put({ kind: "Node", metadata: { name }, status: { conditions } });
}

function putPods(rig: IncidentRig, ready: boolean, node = "node-1"): void {
  for (const name of PODS) rig.pods.put(rosterPod({ name, replicaSet: "web-6c8d4f9b7d", node, ready }));
}

/** A node that is lost with two pods of a Deployment, and the Events about it. */
function lose(rig: IncidentRig): void {
  putNode(rig, "node-1", false);
  putPods(rig, false);
  const node = { kind: "Node", name: "node-1", uid: "n" };
  rig.store.open(faultOf(rig, { ...LOST, rule: "node.not_ready.control_plane", object: node, namespace: "default" }));
  for (const name of PODS) rig.store.open(faultOf(rig, { ...LOST, object: { kind: "Pod", name, uid: name } }));
  const evicted = { rule: "eviction.taint", category: "eviction" } as const;
  rig.store.open(faultOf(rig, { ...evicted, object: { kind: "Pod", name: PODS[0] ?? "", uid: "u" } }));
}

/** What ends within so many minutes, looked at every five seconds. */
function pass(rig: IncidentRig, minutes: number): readonly string[] {
  const ended: string[] = [];
  for (let look = 0; look < minutes * 12; look++) {
    rig.nowMs += 5_000;
    const endings = rig.store.tick(rig.nowMs);
    ended.push(
      ...endings.map(({ incident, kind, by, proof }) =>
        `${incident.object.kind}/${incident.object.name} ${incident.family}: ${kind} by ${by}: ${proof}`
      ),
    );
  }
  return ended.toSorted();
}

Deno.test("node proofs: a node that is ready again for two minutes ends what it did", () => {
  const rig = createIncidentRig();
  lose(rig);
  assert.deepEqual(pass(rig, 10), []);
  putNode(rig, "node-1", true);
  assert.deepEqual(pass(rig, 1), []);
  putNode(rig, "node-1", false);
  assert.deepEqual(pass(rig, 3), []);
  putNode(rig, "node-1", true);
  const proof = "resolved by objects: the node node-1 is ready again for 2m";
  assert.deepEqual(pass(rig, 3), [
    `Deployment/web eviction: ${proof}`,
    `Deployment/web node: ${proof}`,
    `Node/node-1 node: ${proof}`,
  ]);
  assert.equal(rig.store.size(), 0);
});

Deno.test("node proofs: pods that are ready elsewhere end it while the node is still lost", () => {
  const rig = createIncidentRig();
  lose(rig);
  assert.deepEqual(pass(rig, 5), []);
  putPods(rig, true, "node-2");
  const proof = "resolved by objects: 2 of 2 pods of Deployment shop/web are ready for 2m";
  assert.deepEqual(pass(rig, 3), [`Deployment/web eviction: ${proof}`, `Deployment/web node: ${proof}`]);
});

Deno.test("node proofs: an owner without pods is gone, and so is a pod of nobody", () => {
  const rig = createIncidentRig();
  lose(rig);
  const single = rosterPod({ name: "single", node: "node-1", ready: false });
  rig.pods.put(single);
  rig.store.open(faultOf(rig, { ...LOST, object: { kind: "Pod", name: "single", uid: "s" } }));
  assert.deepEqual(pass(rig, 1), []);
  rig.pods.delete(single);
  for (const name of PODS) rig.pods.delete(rosterPod({ name }));
  assert.deepEqual(pass(rig, 3), [
    "Deployment/web eviction: resolved by gone: Deployment shop/web has no pods any more",
    "Deployment/web node: resolved by gone: Deployment shop/web has no pods any more",
    "Pod/single node: resolved by gone: pod shop/single is gone",
  ]);
});

Deno.test("node proofs: what was never seen to last, and what has other faults, ends in no such way", () => {
  const rig = createIncidentRig();
  putNode(rig, "node-1", true); // a watch that is behind, or a moment that nobody saw
  putPods(rig, true);
  rig.nowMs += MINUTE_MS;
  rig.store.open(faultOf(rig, { ...LOST, object: { kind: "Pod", name: PODS[0] ?? "", uid: "u" } }));
  assert.deepEqual(pass(rig, 20), []);
  assert.deepEqual(pass(rig, 20).map((end) => end.split(" by ")[0]), ["Deployment/web node: quiet"]);
  lose(rig);
  rig.store.open(faultOf(rig, { ...LOST, rule: "node.other", object: { kind: "Pod", name: PODS[0] ?? "", uid: "u" } }));
  rig.store.open(
    faultOf(rig, {
      kind: "object",
      rule: "node.ready.false",
      category: "node",
      object: { kind: "Node", name: "node-1", uid: "n" },
    }),
  );
  pass(rig, 1);
  putNode(rig, "node-1", true);
  assert.deepEqual(pass(rig, 5).map((end) => end.split(":")[0]), ["Deployment/web eviction"]);
});

Deno.test("node proofs: a node that is back before anybody looked has changed all the same", () => {
  const rig = createIncidentRig();
  lose(rig);
  putNode(rig, "node-1", true);
  assert.equal(pass(rig, 3).length, 3);
});

Deno.test("node proofs: what ended while the agent was away is told", () => {
  const before = createIncidentRig();
  lose(before);
  pass(before, 1);
  const rig = createIncidentRig();
  putNode(rig, "node-1", true);
  putPods(rig, true);
  rig.nowMs = before.nowMs + 10 * MINUTE_MS;
  rig.store.restore(readSnapshot(takeSnapshot(before.store.all())), rig.nowMs);
  assert.equal(pass(rig, 3).length, 3);
});
