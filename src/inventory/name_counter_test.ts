import assert from "node:assert/strict";
import fc from "fast-check";
import { createNameCounter } from "./name_counter.ts";

const objectOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }) => ({
  metadata: { namespace, name },
});
const objectArbitrary = fc.record({
  namespace: fc.constantFrom("default", "team", "__proto__", "constructor"),
  name: fc.constantFrom("a", "b", "c", "__proto__"),
});
const steps = fc.array(fc.record({ kind: fc.constantFrom("put", "put", "delete"), pod: objectArbitrary }), {
  maxLength: 80,
});

Deno.test("name counter: any sequence of puts and deletes equals a recount of what is left", () => {
  fc.assert(fc.property(steps, (given) => {
    const counter = createNameCounter();
    const left = new Set<string>();
    for (const { kind, pod } of given) {
      const key = JSON.stringify([pod.namespace, pod.name]);
      if (kind === "put") counter.put(objectOf(pod));
      else counter.delete(objectOf(pod));
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
