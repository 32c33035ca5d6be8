import assert from "node:assert/strict";
import { decideMessage, NOW_MS, outcome, policyForTest } from "../../test/support/decide_request.ts";
import { decideCommand } from "./decide_command.ts";
import { decodeCommand } from "./decode_command.ts";
import { testPorts } from "../../test/support/decide_request.ts";

const UPTIME = { id: "cmd-1", type: "diagnostic", tool: "uptime", action: "", args: [] };
const at = (offsetMs: number) => new Date(NOW_MS + offsetMs).toISOString();
const SECOND = 1e9;

const ALLOWED: readonly { readonly name: string; readonly given: object; readonly timeoutMs?: number }[] = [
  { name: "the least that a command is", given: { id: "a", type: "info", tool: "uptime" } },
  {
    name: "null where a field may be absent",
    given: { ...UPTIME, args: null, timeout: null, created_at: null, env: null },
  },
  {
    name: "fields that nobody knows",
    given: { ...UPTIME, namespace: "x", metadata: { a: 1 }, status: "new", priority: 1 },
  },
  { name: "issued_by and correlation_id", given: { ...UPTIME, issued_by: "ann", correlation_id: "c-1" } },
  { name: "a UUID as id", given: { ...UPTIME, id: "0190f1b2-7c1e-7a55-8a53-2f8d5a1c9e00" } },
  { name: "the longest id", given: { ...UPTIME, id: "a".repeat(128) } },
  { name: "this cluster's id", given: { ...UPTIME, cluster_id: "prod" } },
  { name: "an empty cluster id", given: { ...UPTIME, cluster_id: "" } },
  { name: "a command just created", given: { ...UPTIME, created_at: at(0) } },
  { name: "a command almost five minutes old", given: { ...UPTIME, created_at: at(-299_000) } },
  { name: "a clock that runs half a minute ahead", given: { ...UPTIME, created_at: at(30_000) } },
  { name: "a time with an offset", given: { ...UPTIME, created_at: "2026-03-01T14:00:00+02:00" } },
  { name: "a time with nanoseconds", given: { ...UPTIME, created_at: "2026-03-01T12:00:00.123456789Z" } },
  { name: "the zero time of Go, which means none", given: { ...UPTIME, created_at: "0001-01-01T00:00:00Z" } },
  { name: "an empty env", given: { ...UPTIME, env: {} } },
  { name: "no timeout", given: UPTIME, timeoutMs: 30_000 },
  { name: "a timeout of 0", given: { ...UPTIME, timeout: 0 }, timeoutMs: 30_000 },
  { name: 'a timeout of "0s"', given: { ...UPTIME, timeout: "0s" }, timeoutMs: 30_000 },
  { name: "a timeout in nanoseconds", given: { ...UPTIME, timeout: 2 * SECOND }, timeoutMs: 2000 },
  { name: "a timeout as Go writes it", given: { ...UPTIME, timeout: "1m30s" }, timeoutMs: 90_000 },
  { name: "a timeout with a fraction", given: { ...UPTIME, timeout: "1.5s" }, timeoutMs: 1500 },
  { name: "a timeout below a millisecond", given: { ...UPTIME, timeout: 30 }, timeoutMs: 1 },
  { name: "a timeout above the ceiling, cut to it", given: { ...UPTIME, timeout: "1h" }, timeoutMs: 300_000 },
  { name: "a timeout above 2^53", given: { ...UPTIME, timeout: 9.2e18 }, timeoutMs: 300_000 },
];

for (const { name, given, timeoutMs } of ALLOWED) {
  Deno.test(`the envelope takes ${name}`, async () => {
    const decision = await decideMessage(given);
    assert.equal(outcome(decision), "allowed: uptime");
    if (timeoutMs !== undefined) assert.equal(decision.kind === "allowed" && decision.command.timeoutMs, timeoutMs);
  });
}

const REFUSED: readonly { readonly name: string; readonly given: unknown; readonly want: string }[] = [
  { name: "a large message", given: { ...UPTIME, junk: "a".repeat(70_000) }, want: "too_large" },
  { name: "no JSON", given: "uptime", want: "not_json" },
  { name: "half a JSON", given: '{"id":"a"', want: "not_json" },
  { name: "an empty message", given: "", want: "not_json" },
  { name: "a list", given: "[]", want: "not_json" },
  { name: "null", given: "null", want: "not_json" },
  { name: "two objects", given: `${JSON.stringify(UPTIME)}${JSON.stringify(UPTIME)}`, want: "not_json" },
  { name: "no tool", given: { id: "a", type: "info" }, want: "invalid_command" },
  { name: "a tool that is no text", given: { ...UPTIME, tool: ["uptime"] }, want: "invalid_command" },
  { name: "args that are one text", given: { ...UPTIME, args: "-h" }, want: "invalid_command" },
  { name: "an argument that is a number", given: { ...UPTIME, args: [1] }, want: "invalid_command" },
  { name: "an argument that is null", given: { ...UPTIME, args: [null] }, want: "invalid_command" },
  { name: "an action that is null", given: { ...UPTIME, action: { a: 1 } }, want: "invalid_command" },
  { name: "env that is a list", given: { ...UPTIME, env: ["A=b"] }, want: "invalid_command" },
  { name: "a timeout that is an object", given: { ...UPTIME, timeout: {} }, want: "invalid_command" },
  { name: "no id", given: { ...UPTIME, id: undefined }, want: "invalid_command" },
  { name: "an id that is a number", given: { ...UPTIME, id: 7 }, want: "invalid_command" },
  { name: "an empty id", given: { ...UPTIME, id: "" }, want: "invalid_id" },
  { name: "a long id", given: { ...UPTIME, id: "a".repeat(129) }, want: "invalid_id" },
  { name: "an id with a line end", given: { ...UPTIME, id: "a\nb" }, want: "invalid_id" },
  { name: "an id with a space", given: { ...UPTIME, id: "a b" }, want: "invalid_id" },
  { name: "an id with NUL", given: { ...UPTIME, id: "a\u0000" }, want: "invalid_id" },
  { name: "an id that begins with a dash", given: { ...UPTIME, id: "-a" }, want: "invalid_id" },
  { name: "an unknown type", given: { ...UPTIME, type: "remediation" }, want: "unknown_type" },
  { name: "no type", given: { ...UPTIME, type: undefined }, want: "unknown_type" },
  { name: "a type in capitals", given: { ...UPTIME, type: "Diagnostic" }, want: "unknown_type" },
  { name: "another cluster", given: { ...UPTIME, cluster_id: "staging" }, want: "wrong_cluster" },
  { name: "this cluster in capitals", given: { ...UPTIME, cluster_id: "PROD" }, want: "wrong_cluster" },
  { name: "a command of six minutes ago", given: { ...UPTIME, created_at: at(-360_000) }, want: "stale" },
  { name: "a command of last year", given: { ...UPTIME, created_at: "2025-03-01T12:00:00Z" }, want: "stale" },
  { name: "a command from tomorrow", given: { ...UPTIME, created_at: at(86_400_000) }, want: "created_in_future" },
  { name: "a command two minutes ahead", given: { ...UPTIME, created_at: at(120_000) }, want: "created_in_future" },
  {
    name: "a time without a zone",
    given: { ...UPTIME, created_at: "2026-03-01T12:00:00" },
    want: "invalid_created_at",
  },
  { name: "a time in words", given: { ...UPTIME, created_at: "now" }, want: "invalid_created_at" },
  { name: "a date that is none", given: { ...UPTIME, created_at: "2026-02-31T25:00:00Z" }, want: "invalid_created_at" },
  { name: "a variable", given: { ...UPTIME, env: { A: "b" } }, want: "env_not_allowed" },
  { name: "LD_PRELOAD", given: { ...UPTIME, env: { LD_PRELOAD: "/tmp/x.so" } }, want: "env_not_allowed" },
  { name: "KUBECONFIG", given: { ...UPTIME, env: { KUBECONFIG: "/tmp/k" } }, want: "env_not_allowed" },
  { name: "a negative timeout", given: { ...UPTIME, timeout: -1 }, want: "invalid_timeout" },
  { name: "a negative timeout in words", given: { ...UPTIME, timeout: "-5s" }, want: "invalid_timeout" },
  { name: "a timeout that is half a nanosecond", given: { ...UPTIME, timeout: 1.5 }, want: "invalid_timeout" },
  { name: "a timeout without a unit", given: { ...UPTIME, timeout: "30" }, want: "invalid_timeout" },
  { name: "a timeout in words", given: { ...UPTIME, timeout: "soon" }, want: "invalid_timeout" },
  { name: "an empty timeout", given: { ...UPTIME, timeout: "" }, want: "invalid_timeout" },
];

for (const { name, given, want } of REFUSED) {
  Deno.test(`the envelope refuses ${name}`, async () => {
    const decision = await decideMessage(given);
    assert.equal(outcome(decision), want);
    assert.equal(decision.kind === "denied" && decision.layer, "envelope");
  });
}

Deno.test("the envelope refuses bytes that are no UTF-8", () => {
  const decoded = decodeCommand(Uint8Array.of(0x7b, 0xff, 0x7d));
  assert.equal(decoded.kind === "undecodable" && decoded.refusal.code, "not_json");
});

Deno.test("a message that can't be used still gives the id to answer to", () => {
  const decoded = decodeCommand(JSON.stringify({ ...UPTIME, args: "no list" }));
  assert.equal(decoded.kind === "undecodable" && decoded.id, "cmd-1");
});

Deno.test("a finding about the signature decides before the message is read", async () => {
  const finding = { code: "replayed_nonce", reason: "The nonce was used before." } as const;
  const request = { decoded: decodeCommand("no JSON"), receivedAtMs: NOW_MS, finding };
  const decision = await decideCommand(request, policyForTest(), testPorts);
  assert.equal(outcome(decision), "replayed_nonce");
});

Deno.test("a variable on the allowlist passes, and only its own value", async () => {
  const policy = policyForTest({ envAllowlist: ["LANG"] });
  const decision = await decideMessage({ ...UPTIME, env: { LANG: "C.UTF-8" } }, policy);
  assert.deepEqual(decision.kind === "allowed" && decision.command.env, { LANG: "C.UTF-8" });
  assert.equal(outcome(await decideMessage({ ...UPTIME, env: { LANG: "C\nX=y" } }, policy)), "env_not_allowed");
  assert.equal(
    outcome(await decideMessage({ ...UPTIME, env: { LANG: "C", PATH: "/tmp" } }, policy)),
    "env_not_allowed",
  );
});

for (
  const [name, given] of [
    ["an action and arguments", { ...UPTIME, tool: "kubectl", action: "get", args: ["pods", "-n", "default"] }],
    ["arguments alone", { ...UPTIME, tool: "kubectl", action: "", args: ["get", "pods", "-n", "default"] }],
    ["a flag as the action", { ...UPTIME, tool: "kubectl", action: "-n", args: ["default", "get", "pods"] }],
  ] as const
) {
  Deno.test(`the same command runs when spelled as ${name}`, async () => {
    const decision = await decideMessage(given);
    assert.deepEqual(decision.kind === "allowed" && decision.command.argv, ["kubectl", "get", "pods", "-n", "default"]);
  });
}

Deno.test("a tool without verbs takes its flag as the action too", async () => {
  for (
    const [tool, action, args, want] of [
      ["ps", "aux", [], "ps aux"],
      ["df", "-h", [], "df -h"],
      ["ping", "-c", ["2", "10.0.0.7"], "ping -c 2 10.0.0.7"],
      ["dig", "example.com", ["+short"], "dig example.com +short"],
    ] as const
  ) {
    assert.equal(outcome(await decideMessage({ ...UPTIME, tool, action, args })), `allowed: ${want}`);
  }
});

Deno.test("kubectl gets a request timeout a second beyond its deadline, out of sight of the printed command", async () => {
  const decision = await decideMessage({ ...UPTIME, tool: "kubectl", action: "get", args: ["pods"], timeout: "2s" });
  assert.deepEqual(decision.kind === "allowed" && decision.command.connectionFlags, ["--request-timeout=3s"]);
});
