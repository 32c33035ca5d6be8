import assert from "node:assert/strict";
import { guessOwnerOfPod, ownerOfObject } from "./top_owner.ts";

const GUESSES: readonly (readonly [pod: string, kind: string | null, name?: string])[] = [
  ["web-6c8d4f9b7d-2ptz5", "Deployment", "web"],
  ["web-front-5b9d8c7f4-zx2vk", "Deployment", "web-front"],
  ["backup-29403360-x7k2p", "CronJob", "backup"],
  ["agent-9w4fz", "", "agent"],
  ["postgres-0", "StatefulSet", "postgres"],
  ["shell", null],
  ["my-nginx", null],
  ["web-abcde", null], // `a` and `e` are never in such a suffix
  ["", null],
];

for (const [pod, kind, name = ""] of GUESSES) {
  Deno.test(`owner guess: the pod "${pod}" is ${kind === null ? "nobody's" : `of ${kind} ${name}`}`, () => {
    assert.deepEqual(guessOwnerOfPod(pod), kind === null ? null : { kind, name, guessed: true });
  });
}

Deno.test("owner guess: a long hostile name costs no time", () => {
  const started = performance.now();
  for (const name of ["b-".repeat(50_000), "b".repeat(100_000), `${"bcdfg-".repeat(20_000)}!`]) guessOwnerOfPod(name);
  assert.ok(performance.now() - started < 500);
});

const OBJECTS: readonly (readonly [kind: string, name: string, owner: unknown])[] = [
  ["ReplicaSet", "web-6c8d4f9b7d", { kind: "Deployment", name: "web", guessed: true }],
  ["ReplicaSet", "web", { kind: "ReplicaSet", name: "web", guessed: false }],
  ["Job", "backup-29403360", { kind: "CronJob", name: "backup", guessed: true }],
  ["Job", "migrate", { kind: "Job", name: "migrate", guessed: false }],
  ["Deployment", "web", { kind: "Deployment", name: "web", guessed: false }],
  ["Service", "web", null],
  ["Node", "node-1", null],
];

for (const [kind, name, owner] of OBJECTS) {
  Deno.test(`owner: ${kind} ${name}`, () => assert.deepEqual(ownerOfObject(kind, name), owner));
}
