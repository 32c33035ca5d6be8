import assert from "node:assert/strict";
import { createIncidentRig, faultOf, rosterPod } from "../../test/support/incident_rig.ts";
import { readSnapshot, takeSnapshot } from "./incident_snapshot.ts";

const MINUTE_MS = 60_000;

Deno.test("incidents: pods of one Deployment share an incident, and each report says how many there are", () => {
  const rig = createIncidentRig();
  const stamps = ["2ptz5", "9w4fz", "x7k2p"].map((suffix) =>
    rig.store.open(faultOf(rig, { object: { kind: "Pod", name: `web-6c8d4f9b7d-${suffix}`, uid: suffix } })).stamp
  );
  assert.equal(new Set(stamps.map(({ incident }) => incident.id)).size, 1);
  assert.deepEqual(stamps.map(({ incident }) => [incident.reports, incident.isNew]), [[1, true], [2, false], [
    3,
    false,
  ]]);
  assert.deepEqual(stamps[0]?.owner, { kind: "Deployment", name: "web", guessed: true });
});

Deno.test("incidents: an owner that is known later is the one that was guessed before", () => {
  const rig = createIncidentRig();
  const before = rig.store.open(faultOf(rig)).stamp;
  rig.pods.put(rosterPod({ name: "web-6c8d4f9b7d-2ptz5", replicaSet: "web-6c8d4f9b7d", node: "node-1" }));
  const after = rig.store.open(faultOf(rig)).stamp;
  assert.equal(after.incident.id, before.incident.id);
  assert.deepEqual(after.owner, { kind: "Deployment", name: "web", guessed: false });
  assert.deepEqual([before.node, after.node], [null, "node-1"]);
});

Deno.test("incidents: an Event of a tenant that speaks of somebody else's object joins nothing", () => {
  const rig = createIncidentRig();
  const node = { kind: "Node", name: "node-1", uid: "n" };
  const real = rig.store.open(faultOf(rig, { object: node, category: "node", severity: "critical", namespace: "" }));
  const fake = rig.store.open(
    faultOf(rig, { object: node, category: "unverified", severity: "low", namespace: "evil" }),
  );
  assert.notEqual(fake.stamp.incident.key, real.stamp.incident.key);
  assert.deepEqual([fake.stamp.node, fake.stamp.owner, fake.stamp.causes], [null, null, []]);
});

Deno.test("incidents: one is resolved when the last of its faults of objects has ended, and not by events", () => {
  const rig = createIncidentRig();
  const { incident } = rig.store.open(faultOf(rig)).stamp;
  const loop = { kind: "object", rule: "crash.container.loop", faultKey: "loop" } as const;
  const oom = { kind: "object", rule: "oom.container.killed", category: "oom", faultKey: "oom" } as const;
  rig.store.open(faultOf(rig, loop));
  rig.store.open(faultOf(rig, oom));
  const end = {
    incidentKey: incident.key,
    by: "objects",
    proof: "3 of 3 pods ready for 10m",
    endedAtMs: rig.nowMs,
  } as const;
  assert.equal(rig.store.end({ ...end, faultKey: "loop" }), null);
  assert.equal(rig.store.end({ ...end, faultKey: "unknown" }), null);
  const ending = rig.store.end({ ...end, faultKey: "oom" });
  assert.deepEqual([ending?.kind, ending?.by, ending?.incident.id], ["resolved", "objects", incident.id]);
  assert.equal(rig.store.size(), 0);
});

Deno.test("incidents: the next one in the same minute has another id and the same key", () => {
  const rig = createIncidentRig();
  const ids = [1, 2, 3].map(() => {
    const { incident } = rig.store.open(faultOf(rig, { kind: "object", faultKey: "k" })).stamp;
    rig.store.end({ incidentKey: incident.key, faultKey: "k", by: "gone", proof: "deleted", endedAtMs: rig.nowMs });
    return incident;
  });
  assert.equal(new Set(ids.map(({ id }) => id)).size, 3);
  assert.equal(new Set(ids.map(({ key }) => key)).size, 1);
});

Deno.test("incidents: one is quiet when nothing was heard for long enough, unless an object can prove its end", () => {
  const rig = createIncidentRig();
  rig.store.open(faultOf(rig));
  rig.store.open(faultOf(rig, { kind: "object", category: "image", rule: "image.container.waiting" }));
  rig.nowMs += 29 * MINUTE_MS;
  assert.deepEqual(rig.store.tick(rig.nowMs), []);
  rig.nowMs += 2 * MINUTE_MS;
  assert.deepEqual(rig.store.tick(rig.nowMs).map(({ kind, incident }) => [kind, incident.family]), [["quiet", "run"]]);
  assert.deepEqual(rig.store.all().map(({ family }) => family), ["image"]);
  assert.deepEqual(rig.store.tick(rig.nowMs + 24 * 60 * MINUTE_MS), []);
});

Deno.test("incidents: evidence is worth its price for what is new: severity, container, node", () => {
  const rig = createIncidentRig();
  const occasions = [
    faultOf(rig),
    faultOf(rig),
    faultOf(rig, { severity: "critical" }),
    faultOf(rig, { severity: "high" }),
    faultOf(rig, { container: "proxy" }),
    faultOf(rig, { node: "node-1" }),
    faultOf(rig, { node: "node-1" }),
  ].map((sighting) => rig.store.open(sighting).occasion);
  assert.deepEqual(occasions, ["new", null, "severity", null, "container", "node", null]);
});

Deno.test("incidents: whoever makes up faults in one namespace pushes out nothing but its own", () => {
  const rig = createIncidentRig({ limit: 100 });
  const own = Array.from(
    { length: 10 },
    (_, index) =>
      rig.store.open(faultOf(rig, { object: { kind: "Service", name: `own-${index}`, uid: "" } })).stamp.incident.key,
  );
  for (let index = 0; index < 5_000; index++) {
    rig.nowMs++;
    rig.store.open(faultOf(rig, {
      namespace: "evil",
      severity: "critical",
      object: { kind: "Service", name: `made-up-${index}`, uid: "" },
    }));
    assert.ok(rig.store.size() <= 100);
  }
  const left = new Set(rig.store.all().map(({ key }) => key));
  assert.ok(own.every((key) => left.has(key)));
});

Deno.test("incidents: an id outlives the process, and a fault of an object from before can still be ended", () => {
  const rig = createIncidentRig();
  const { incident } = rig.store.open(faultOf(rig, { kind: "object", faultKey: "oom" })).stamp;
  const kept: unknown = JSON.parse(JSON.stringify(takeSnapshot(rig.store.all())));
  const next = createIncidentRig();
  next.nowMs = rig.nowMs + 60 * MINUTE_MS;
  next.store.restore(readSnapshot(takeSnapshot(rig.store.all())), next.nowMs);
  assert.deepEqual(JSON.parse(JSON.stringify(takeSnapshot(next.store.all()))), withHeard(kept, next.nowMs));
  next.store.reconcile([{ incidentKey: incident.key, faultKey: "oom" }]);
  const again = next.store.open(faultOf(next, { kind: "event" })).stamp.incident;
  assert.deepEqual([again.id, again.reports, again.isNew], [incident.id, 2, false]);
  const ending = next.store.end({
    incidentKey: incident.key,
    faultKey: "oom",
    by: "objects",
    proof: "1 of 1 pods ready for 10m",
    endedAtMs: next.nowMs,
  });
  assert.equal(ending?.incident.id, incident.id);
});

Deno.test("incidents: a fault of an object that nobody follows after a restart keeps nothing open for ever", () => {
  const rig = createIncidentRig();
  rig.store.open(faultOf(rig, { kind: "object", faultKey: "gone" }));
  const next = createIncidentRig();
  next.store.restore(readSnapshot(takeSnapshot(rig.store.all())), next.nowMs);
  next.store.reconcile([]);
  assert.deepEqual(next.store.tick(next.nowMs), []);
  next.nowMs += 31 * MINUTE_MS;
  assert.deepEqual(next.store.tick(next.nowMs).map(({ kind }) => kind), ["quiet"]);
});

function withHeard(kept: unknown, heardAtMs: number): unknown {
  const text = JSON.stringify(kept);
  return JSON.parse(text.replace(/"heardAtMs":\d+/g, `"heardAtMs":${heardAtMs}`));
}
