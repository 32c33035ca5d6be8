import assert from "node:assert/strict";
import { createAllowlist, pickAllowed } from "./allowlist.ts";

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const CASES: readonly { name: string; patterns: string[]; key: string; want: boolean }[] = [
  { name: "nothing is allowed by no pattern", patterns: [], key: "app", want: false },
  { name: "an exact key", patterns: ["app"], key: "app", want: true },
  { name: "an exact key is no beginning", patterns: ["app"], key: "app.kubernetes.io/name", want: false },
  { name: "a beginning", patterns: ["topology.kubernetes.io/*"], key: "topology.kubernetes.io/zone", want: true },
  { name: "another beginning", patterns: ["topology.kubernetes.io/*"], key: "kubernetes.io/arch", want: false },
  { name: "all", patterns: ["*"], key: "anything", want: true },
  { name: "all but the applied manifest", patterns: ["*"], key: LAST_APPLIED, want: false },
  { name: "not even by its name", patterns: [LAST_APPLIED], key: LAST_APPLIED, want: false },
];
for (const { name, patterns, key, want } of CASES) {
  Deno.test(`allowlist: ${name}`, () => assert.equal(createAllowlist(patterns)(key), want));
}

Deno.test("allowlist: picking keeps allowed entries as they are", () => {
  assert.deepEqual(pickAllowed({ a: "1", b: "2" }, createAllowlist(["b"])), { b: "2" });
});
