import assert from "node:assert/strict";
import fc from "fast-check";
import { type JsonValue, redactValue } from "./redact_value.ts";
import type { RedactionCounts } from "./redaction.ts";
import { createRedactor } from "./redactor.ts";

const CUTS: readonly { name: string; given: JsonValue; want: JsonValue; counts: RedactionCounts }[] = [
  {
    name: "the environment of a pod",
    given: { spec: { env: [{ name: "DB_PASSWORD", value: "hunter2" }, { name: "PORT", value: "80" }] } },
    want: { spec: { env: [{ name: "DB_PASSWORD", value: "[REDACTED:env_value]" }, { name: "PORT", value: "80" }] } },
    counts: { env_value: 1 },
  },
  {
    name: "the data of a Secret, but for what is empty",
    given: { kind: "Secret", metadata: { name: "s" }, data: { user: "Ym9i", empty: "" } },
    want: { kind: "Secret", metadata: { name: "s" }, data: { user: "[REDACTED:secret_data]", empty: "" } },
    counts: { secret_data: 1 },
  },
  {
    name: "items of a list of Secrets, which have no kind",
    given: { kind: "SecretList", items: [{ data: { a: "Yg==" } }] },
    want: { kind: "SecretList", items: [{ data: { a: "[REDACTED:secret_data]" } }] },
    counts: { secret_data: 1 },
  },
  {
    name: "the argument after a flag",
    given: { args: ["srv", "--db-password", "hunter2", "--token=abc9", "--port", "80"] },
    want: { args: ["srv", "--db-password", "[REDACTED:argument]", "--token=[REDACTED:assignment]", "--port", "80"] },
    counts: { argument: 1, assignment: 1 },
  },
  {
    name: "a ConfigMap by key, and a file inside it",
    given: { kind: "ConfigMap", data: { password: "hunter2", "app.yaml": "db:\n  pass: hunter2\n  port: 1\n" } },
    want: {
      kind: "ConfigMap",
      data: { password: "[REDACTED:assignment]", "app.yaml": "db:\n  pass: [REDACTED:assignment]\n  port: 1\n" },
    },
    counts: { assignment: 2 },
  },
  {
    name: "the copy of the object in an annotation",
    given: { metadata: { annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" } } },
    want: {
      metadata: { annotations: { "kubectl.kubernetes.io/last-applied-configuration": "[REDACTED:last_applied]" } },
    },
    counts: { last_applied: 1 },
  },
  {
    name: "a list and a number under a secret's name",
    given: { tokens: ["hunter2-Kx9"], pin_token: 12345678901 },
    want: { tokens: ["[REDACTED:assignment]"], pin_token: "[REDACTED:assignment]" },
    counts: { assignment: 2 },
  },
];

for (const { name, given, want, counts } of CUTS) {
  Deno.test(`redact value: ${name}`, () => assert.deepEqual(redactValue(given), { value: want, counts }));
}

Deno.test("redact value: what holds no secret is the same object", () => {
  const pod: JsonValue = {
    kind: "Pod",
    metadata: { name: "token-service", uid: "0c0b7b9e-6b58-4b0f-9c39-3ad1e1b4c1aa", labels: { zone: "a" } },
    spec: {
      automountServiceAccountToken: false,
      imagePullSecrets: [{ name: "regcred" }],
      volumes: [{ name: "tls", secret: { secretName: "web-tls", defaultMode: 420 } }],
      containers: [{ env: [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } }] }],
    },
    items: [1, true, null, "x"],
  };
  assert.equal(redactValue(pod).value, pod);
});

Deno.test("redact value: names of the configuration go, whatever their value", () => {
  const redactor = createRedactor({ names: ["*_pin"], patterns: [] });
  assert.deepEqual(redactValue({ door_pin: 1234, pin: "1" }, { redactor }).value, {
    door_pin: "[REDACTED:assignment]",
    pin: "1",
  });
});

Deno.test("redact value: a second time changes nothing, and depth ends nowhere in an error", () => {
  let deep: JsonValue = "end";
  for (let i = 0; i < 5_000; i++) deep = [deep];
  assert.deepEqual(redactValue(deep).counts, { secret_data: 1 });
  const key = fc.constantFrom("password", "name", "value", "data", "kind", "token", "items", "args", "x");
  const leaf = fc.constantFrom(
    "hunter2-Kx9",
    "Secret",
    "DB_PASSWORD",
    "--token",
    "",
    "web",
    "token: a9!b",
    '{"pwd":"x9!y"}',
  );
  const { tree } = fc.letrec<{ tree: JsonValue }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(key, tie("tree"), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      const once = redactValue(value).value;
      assert.deepEqual(redactValue(once), { value: once, counts: {} });
    }),
    { numRuns: 300 },
  );
});

const COMMANDS: readonly JsonValue[] = [
  { command: ["redis-cli", "-a", "Kx9pLm1qTz7Vw", "ping"] },
  { command: ["mysql"], args: ["-u", "root", "-pKx9pLm1qTz7Vw"] },
  { args: ["curl", "-u", "bob:Kx9pLm1qTz7Vw"] },
  { livenessProbe: { exec: { command: ["redis-cli", "-a", "Kx9pLm1qTz7Vw"] } } },
  { command: ["mc", "alias", "set", "m", "http://m:9000", "minio", "Kx9pLm1qTz7Vw"] },
  { passwords: { root: "Kx9pLm1qTz7Vw" } },
  { parameters: [{ name: "db_password", default: "Kx9pLm1qTz7Vw" }] },
  { op: "add", path: "/spec/password", value: "Kx9pLm1qTz7Vw" },
  { kty: "oct", k: "Kx9pLm1qTz7Vw" },
  { admin_password: { value: "Kx9pLm1qTz7Vw", sensitive: true } },
  { type: "password", value: "Kx9pLm1qTz7Vw" },
];

Deno.test("redact value: items of a command are read as one line, and neighbours name each other", () => {
  for (const object of COMMANDS) {
    const { value, counts } = redactValue(object);
    const text = JSON.stringify(value);
    assert.ok(!text.includes("Kx9pLm1qTz7Vw"), text);
    assert.equal(Object.values(counts).reduce((sum, count) => sum + count, 0), 1, text);
    assert.deepEqual(redactValue(value), { value, counts: {} });
  }
});

Deno.test("redact value: references and lists of flags stay, and are not copied", () => {
  const objects: readonly JsonValue[] = [
    { command: ["mysql", "-p3306"], args: ["--port", "8080"] },
    { credentials: { name: "prom-token", key: "token" }, secrets: { db: "shop-db" } },
    { type: "token", value: "identifier7" },
    { keys: [{ kty: "RSA", kid: "a1b2c3d4e5f6A7B8c9D0", n: "Zq8vT2mLw4Rb6NcY0dFhZq8vT2mLw4Rb6NcY0dFh", e: "AQAB" }] },
    { items: [{ key: "token", path: "api-token" }], sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } },
  ];
  for (const object of objects) assert.equal(redactValue(object).value, object);
});
