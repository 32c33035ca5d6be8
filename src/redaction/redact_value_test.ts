import assert from "node:assert/strict";
import { redactValue } from "./redact_value.ts";

Deno.test("redact value: a pod's environment, the data of a Secret and nothing else", () => {
  const pod = {
    kind: "Pod",
    metadata: { name: "app" },
    spec: { env: [{ name: "DB_PASSWORD", value: "hunter2" }, { name: "PORT", value: "80" }] },
  };
  const secret = { kind: "Secret", metadata: { name: "s" }, data: { user: "Ym9i", empty: "" } };
  assert.deepEqual(redactValue([pod, secret]), {
    value: [
      {
        ...pod,
        spec: { env: [{ name: "DB_PASSWORD", value: "[REDACTED:assignment]" }, { name: "PORT", value: "80" }] },
      },
      { ...secret, data: { user: "[REDACTED:secret_data]", empty: "" } },
    ],
    counts: { assignment: 1, secret_data: 1 },
  });
});

Deno.test("redact value: what holds no secret is the same object", () => {
  const node = { kind: "Node", metadata: { name: "n1", labels: { zone: "a" } }, items: [1, true, null, "x"] };
  assert.equal(redactValue(node).value, node);
});
