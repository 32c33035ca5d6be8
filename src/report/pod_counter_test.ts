import assert from "node:assert/strict";
import fc from "fast-check";
import { createNameCounter } from "./name_counter.ts";
import { createPodCounter } from "./pod_counter.ts";

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

Deno.test("pod counter: any sequence of puts and deletes equals a recount of what is left", () => {
  fc.assert(fc.property(steps, (given) => {
    const counter = createPodCounter();
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

Deno.test("name counter: any sequence of puts and deletes equals a recount of what is left", () => {
  fc.assert(fc.property(steps, (given) => {
    const counter = createNameCounter();
    const left = new Set<string>();
    for (const { kind, pod } of given) {
      const key = JSON.stringify([pod.namespace, pod.name]);
      if (kind === "put") counter.put(podOf(pod));
      else counter.delete(podOf(pod));
      if (kind === "put") left.add(key);
      else left.delete(key);
    }
    assert.equal(counter.size(), left.size);
    for (const namespace of ["default", "team", "__proto__", "constructor", "other"]) {
      const want = [...left].filter((key) => JSON.parse(key)[0] === namespace).length;
      assert.equal(counter.count(namespace), want);
    }
  }));
});

Deno.test("pod counter: what is no pod is refused and changes nothing", () => {
  const counter = createPodCounter();
  counter.put(podOf({ namespace: "n", name: "a", phase: "Running", restarts: 1 }));
  for (const object of [null, "x", [], {}, { metadata: { name: 7 } }, { metadata: null }]) {
    assert.equal(counter.put(object), false);
    assert.equal(counter.delete(object), false);
  }
  assert.equal(counter.counts().total, 1);
});

Deno.test("pod counter: a phase that is gone is not reported as 0", () => {
  const counter = createPodCounter();
  const pod = { namespace: "n", name: "a", phase: "Pending", restarts: 0 };
  counter.put(podOf(pod));
  counter.put(podOf({ ...pod, phase: "Running" }));
  assert.deepEqual([...counter.counts().byPhase], [["Running", 1]]);
});

const sorted = (counts: ReadonlyMap<string, number>) => [...counts].sort(([a], [b]) => a < b ? -1 : 1);
