import assert from "node:assert/strict";
import { incidentId, incidentKey, isSameSubject, minuteOf, type Subject } from "./incident_key.ts";

const web: Subject = { kind: "Deployment", name: "web" };

const PAIRS: readonly { name: string; a: [string, Subject, string]; b: [string, Subject, string]; same: boolean }[] = [
  {
    name: "an owner that was guessed meets the one that is known",
    a: ["shop", { kind: "", name: "web" }, "run"],
    b: ["shop", web, "run"],
    same: true,
  },
  { name: "families stand apart", a: ["shop", web, "run"], b: ["shop", web, "image"], same: false },
  { name: "namespaces stand apart", a: ["shop", web, "run"], b: ["blog", web, "run"], same: false },
  {
    name: "owners stand apart",
    a: ["shop", web, "run"],
    b: ["shop", { kind: "Deployment", name: "api" }, "run"],
    same: false,
  },
  {
    name: "a Service is no workload of its name",
    a: ["shop", web, "net"],
    b: ["shop", { kind: "Service", name: "web" }, "net"],
    same: false,
  },
  {
    name: "parts do not run into each other",
    a: ["a\nb", { kind: "Pod", name: "c" }, "run"],
    b: ["a", { kind: "Pod", name: "b\nc" }, "run"],
    same: false,
  },
];

for (const { name, a, b, same } of PAIRS) {
  Deno.test(`incident key: ${name}`, () => {
    const [one, other] = [a, b].map(([namespace, subject, family]) => incidentKey("prod", family, namespace, subject));
    assert.equal(one === other, same);
  });
}

Deno.test("incident key: it is of the cluster and 64 bits, and the id has the minute of its opening", () => {
  const key = incidentKey("prod", "run", "shop", web);
  assert.equal(key, "ab79520c7b4dad47"); // of every release: a restart must not give an incident another key
  assert.equal(incidentKey("prod", "run", "shop", web), key);
  assert.notEqual(incidentKey("test", "run", "shop", web), key);
  const minute = minuteOf(Date.UTC(2026, 10, 30, 10, 5, 59));
  assert.equal(incidentId(key, minute), `${key}-${Math.floor(Date.UTC(2026, 10, 30, 10, 5) / 60_000).toString(36)}`);
});

Deno.test("subjects: an owner that was guessed is the one that is known, and a Service is none of its name", () => {
  assert.equal(isSameSubject({ kind: "", name: "web" }, web), true);
  assert.equal(isSameSubject({ kind: "Service", name: "web" }, web), false);
  assert.equal(isSameSubject({ kind: "Deployment", name: "api" }, web), false);
});
