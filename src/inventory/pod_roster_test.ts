import assert from "node:assert/strict";
import fc from "fast-check";
import { createPodRoster } from "./pod_roster.ts";

interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly phase: string;
  readonly restarts: number;
}

const podOf = ({ namespace, name, phase, restarts }: Pod) => ({
  metadata: { namespace, name },
  status: { phase, containerStatuses: [{ restartCount: restarts }] },
});

const podArbitrary = fc.record({
  namespace: fc.constantFrom("default", "team", "__proto__", "constructor"),
  name: fc.constantFrom("a", "b", "c", "__proto__"),
  phase: fc.constantFrom("Pending", "Running", "Succeeded", "Failed", "Unknown"),
  restarts: fc.nat(2_000_000_000),
});
const steps = fc.array(fc.record({ kind: fc.constantFrom("put", "put", "delete"), pod: podArbitrary }), {
  maxLength: 80,
});

function tally<T>(items: readonly T[], key: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}

Deno.test("pod roster: any sequence of puts and deletes equals a recount of what is left", () => {
  fc.assert(fc.property(steps, (given) => {
    const counter = createPodRoster();
    const left = new Map<string, Pod>();
    for (const { kind, pod } of given) {
      const key = JSON.stringify([pod.namespace, pod.name]);
      if (kind === "put") {
        counter.put(podOf(pod));
        left.set(key, pod);
      } else {
        counter.delete(podOf(pod));
        left.delete(key);
      }
    }
    const pods = [...left.values()];
    const counts = counter.counts();
    assert.equal(counts.total, pods.length);
    assert.equal(counter.size(), pods.length);
    assert.equal(counts.restarts, pods.reduce((sum, { restarts }) => sum + restarts, 0));
    assert.deepEqual(sorted(counts.byPhase), sorted(tally(pods, ({ phase }) => phase)));
    assert.deepEqual(sorted(counts.byNamespace), sorted(tally(pods, ({ namespace }) => namespace)));
  }));
});

Deno.test("pod roster: what is no pod is refused and changes nothing", () => {
  const counter = createPodRoster();
  counter.put(podOf({ namespace: "n", name: "a", phase: "Running", restarts: 1 }));
  for (const object of [null, "x", [], {}, { metadata: { name: 7 } }, { metadata: null }]) {
    assert.equal(counter.put(object), false);
    assert.equal(counter.delete(object), false);
  }
  assert.equal(counter.counts().total, 1);
});

Deno.test("pod roster: a phase that is gone is not reported as 0", () => {
  const counter = createPodRoster();
  const pod = { namespace: "n", name: "a", phase: "Pending", restarts: 0 };
  counter.put(podOf(pod));
  counter.put(podOf({ ...pod, phase: "Running" }));
  assert.deepEqual([...counter.counts().byPhase], [["Running", 1]]);
});

const sorted = <T>(counts: ReadonlyMap<string, T>) => [...counts].sort(([a], [b]) => a < b ? -1 : 1);

interface Made {
  readonly name: string;
  readonly node?: string;
  readonly owner?: readonly [kind: string, name: string];
  readonly hash?: string;
  readonly revision?: string;
  readonly ready?: boolean;
  readonly created?: string;
}

const made = ({ name, node, owner, hash, revision, ready = true, created = "2026-11-30T10:00:00Z" }: Made) => ({
  metadata: {
    namespace: "shop",
    name,
    creationTimestamp: created,
    labels: { "pod-template-hash": hash, "controller-revision-hash": revision },
    ownerReferences: owner === undefined ? null : [{ kind: owner[0], name: owner[1], controller: true }],
  },
  spec: { nodeName: node },
  status: { phase: "Running", conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
});

const OWNERS: readonly { name: string; pod: Made; owner: unknown; replicaSet: string | null }[] = [
  {
    name: "a ReplicaSet named after its template hash is a Deployment's",
    pod: { name: "web-6c8d4f9b7d-2ptz5", owner: ["ReplicaSet", "web-6c8d4f9b7d"], hash: "6c8d4f9b7d" },
    owner: { kind: "Deployment", name: "web", guessed: false },
    replicaSet: "web-6c8d4f9b7d",
  },
  {
    name: "a ReplicaSet without a hash is its own owner",
    pod: { name: "web-2ptz5", owner: ["ReplicaSet", "web"] },
    owner: { kind: "ReplicaSet", name: "web", guessed: false },
    replicaSet: "web",
  },
  {
    name: "eight digits are a CronJob's, as far as one can guess",
    pod: { name: "backup-29403360-x7k2p", owner: ["Job", "backup-29403360"] },
    owner: { kind: "CronJob", name: "backup", guessed: true },
    replicaSet: null,
  },
  {
    name: "a DaemonSet's pod has the revision that it was made from",
    pod: { name: "agent-9w4fz", owner: ["DaemonSet", "agent"], revision: "5d4f8" },
    owner: { kind: "DaemonSet", name: "agent", guessed: false },
    replicaSet: "agent-5d4f8",
  },
  { name: "a pod that somebody made by hand has no owner", pod: { name: "shell" }, owner: null, replicaSet: null },
];

for (const { name, pod, owner, replicaSet } of OWNERS) {
  Deno.test(`pod roster: ${name}`, () => {
    const roster = createPodRoster();
    roster.put(made(pod));
    const known = roster.podOf("shop", pod.name);
    assert.deepEqual({ owner: known?.owner, replicaSet: known?.replicaSet }, { owner, replicaSet });
  });
}

Deno.test("pod roster: a pod is found by its node and its owner from when it is scheduled until it is gone", () => {
  const roster = createPodRoster();
  const pod = { name: "web-6c8d4f9b7d-2ptz5", owner: ["ReplicaSet", "web-6c8d4f9b7d"], hash: "6c8d4f9b7d" } as const;
  roster.put(made({ ...pod, ready: false }));
  assert.equal(roster.podOf("shop", pod.name)?.node, null);
  roster.put(made({ ...pod, node: "node-1" }));
  roster.put(made({ name: "shell", node: "node-1", ready: false }));
  assert.equal(roster.countOnNode("node-1"), 2);
  assert.deepEqual(roster.podsOfNode("node-1"), [
    { namespace: "shop", name: pod.name, ready: true },
    { namespace: "shop", name: "shell", ready: false },
  ]);
  const [group] = roster.groupsOf("shop", { kind: "Deployment", name: "web" });
  assert.deepEqual({ pods: group?.pods, ready: group?.ready, revision: group?.revision }, {
    pods: 1,
    ready: 1,
    revision: "web-6c8d4f9b7d",
  });
  roster.delete(made(pod));
  assert.equal(roster.podOf("shop", pod.name), null);
  assert.equal(roster.countOnNode("node-1"), 1);
  assert.deepEqual(roster.groups(), []);
});

Deno.test("pod roster: groups and nodes equal a recount after any sequence of puts and deletes", () => {
  const pods = fc.record({
    name: fc.constantFrom("a", "b", "c", "d"),
    node: fc.constantFrom(undefined, "n1", "n2"),
    hash: fc.constantFrom("h1", "h2"),
    ready: fc.boolean(),
  });
  const moves = fc.array(fc.record({ kind: fc.constantFrom("put", "put", "delete"), pod: pods }), { maxLength: 60 });
  fc.assert(fc.property(moves, (given) => {
    const roster = createPodRoster();
    const left = new Map<string, { node: string | undefined; hash: string; ready: boolean }>();
    for (const { kind, pod: { name, node, hash, ready } } of given) {
      const object = made({
        name,
        ...(node === undefined ? {} : { node }),
        hash,
        ready,
        owner: ["ReplicaSet", `w-${hash}`],
      });
      if (kind === "put") {
        roster.put(object);
        left.set(name, { node, hash, ready });
      } else {
        roster.delete(object);
        left.delete(name);
      }
    }
    const all = [...left.values()];
    for (const node of ["n1", "n2"]) {
      assert.equal(roster.countOnNode(node), all.filter((pod) => pod.node === node).length);
    }
    const groups = roster.groups().map(({ revision, pods, ready }) => [revision, { pods, ready }] as const);
    const want = ["h1", "h2"].map((hash) => [`w-${hash}`, all.filter((pod) => pod.hash === hash)] as const)
      .filter(([, its]) => its.length > 0)
      .map(([name, its]) => [name, { pods: its.length, ready: its.filter(({ ready }) => ready).length }] as const);
    assert.deepEqual(sorted(new Map(groups)), sorted(new Map(want)));
  }));
});
