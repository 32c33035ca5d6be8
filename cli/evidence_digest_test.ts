import assert from "node:assert/strict";
import { evidenceDigest } from "./evidence_digest.ts";

Deno.test("evidence digest: what changed, and how the log ends", () => {
  const changes = [
    { path: "containers[app].image", change: "changed", from: "app:1", to: "app:2" },
    { path: "containers[app].env[TOKEN]", change: "added" },
  ];
  const lines = "one\ntwo\n\nthree\nfour\n";
  assert.deepEqual(evidenceDigest({ evidence: { change: { changes }, log: { lines } } }), [
    "changed  containers[app].image: app:1 -> app:2",
    "added    containers[app].env[TOKEN]",
    "log      two",
    "log      three",
    "log      four",
  ]);
});

Deno.test("evidence digest: many changes are counted; other evidence, or of another form, has no lines", () => {
  const changes = Array.from({ length: 8 }, (_, at) => ({ path: `labels[${at}]`, change: "removed" }));
  assert.equal(evidenceDigest({ evidence: { change: { changes } } }).at(-1), "3 more changes");
  assert.deepEqual(evidenceDigest({ evidence: { owner: { name: "web" }, change: "none", log: 3 } }), []);
});

Deno.test("evidence digest: what a Service selects, and what the pods that it means have", () => {
  const service = {
    selector: { app: "front", version: "v2", tier: "web" },
    selector_set: { by: "kubectl-edit", at: "2026-03-01T12:00:00Z" },
    nearest: { object: "Deployment/front", labels: { app: "front", version: "v1" }, differs: ["version", "tier"] },
  };
  assert.deepEqual(evidenceDigest({ evidence: { service } }), [
    "selector app=front,version=v2,tier=web, set by kubectl-edit at 2026-03-01T12:00:00Z",
    "nearest  Deployment/front has version=v1, no tier",
  ]);
  assert.deepEqual(evidenceDigest({ evidence: { service: { selector: { app: "front" } } } }), []);
});
