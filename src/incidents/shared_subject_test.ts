import assert from "node:assert/strict";
import { sharedSubjectOf } from "./shared_subject.ts";

const MESSAGES: readonly (readonly [category: string, message: string, subject: string | null])[] = [
  [
    "image",
    'Failed to pull image "registry.example.com/shop/web:v2": dial tcp: no such host',
    "registry/registry.example.com",
  ],
  ["image", 'Back-off pulling image "registry.example.com:5000/web@sha256:0123"', "registry/registry.example.com:5000"],
  ["image", 'Failed to pull image "nginx:1.25": 429 Too Many Requests', "registry/docker.io"],
  ["image", 'Failed to pull image "library/nginx"', "registry/docker.io"],
  ["image", 'Failed to pull image "user:secret@registry.example.com/web"', "registry/registry.example.com"],
  ["image", "Error: ImagePullBackOff", null],
  ["crash", 'Failed to pull image "registry.example.com/web"', null],
  [
    "admission",
    'Internal error occurred: failed calling webhook "validate.policy.example.com": timeout',
    "webhook/validate.policy.example.com",
  ],
  ["volume", 'storageclass.storage.k8s.io "fast" not found', "StorageClass/fast"],
  ["volume", "nothing", null],
];

for (const [category, message, subject] of MESSAGES) {
  Deno.test(`shared subject: ${category}: ${message.slice(0, 70)}`, () => {
    const found = sharedSubjectOf(category, message);
    assert.equal(found === null ? null : `${found.kind}/${found.name}`, subject);
  });
}

Deno.test("shared subject: a long hostile message costs no time", () => {
  const started = performance.now();
  for (const category of ["image", "admission", "volume"]) {
    sharedSubjectOf(category, 'image "'.repeat(50_000) + "a".repeat(100_000));
  }
  assert.ok(performance.now() - started < 200);
});
