import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { decideLine, decideMessage, outcome, policyForTest, testPorts } from "../../test/support/decide_request.ts";
import { buildPolicy } from "./command_policy.ts";
import { reportDecision } from "./decision.ts";
import { REFUSALS } from "../wire/refusal_code.ts";

const NARROWED = policyForTest({ allowed: { kubectl: ["get", "logs"], ps: [], dig: ["*"] } });

for (
  const [line, want] of [
    ["kubectl get pods", "allowed: kubectl get pods"],
    ["kubectl describe pods", "verb_disabled"],
    ["kubectl top pods", "verb_disabled"],
    ["kubectl delete pods", "unknown_verb"],
    ["kubectl get secrets", "sensitive_type"],
    ["ps aux", "allowed: ps aux"],
    ["dig example.com", "allowed: dig example.com"],
    ["curl -I http://web/", "tool_disabled"],
    ["uptime", "tool_disabled"],
    ["sh", "unknown_tool"],
  ] as const
) {
  Deno.test(`a narrowed policy answers ${line} with ${want}`, async () => {
    assert.equal(outcome(await decideLine(line, NARROWED)), want);
  });
}

Deno.test("a tool that is left no verb is disabled", async () => {
  assert.equal(
    outcome(await decideLine("kubectl get pods", policyForTest({ allowed: { kubectl: [] } }))),
    "tool_disabled",
  );
});

Deno.test("narrowing names every unknown tool and verb at once", () => {
  const built = buildPolicy({
    clusterId: null,
    timeoutCeilingMs: 1000,
    allowed: { kubectl: ["get", "delete", "exec"], bash: [], ps: ["aux"] },
  });
  assert.deepEqual(!built.ok && built.problems.map(({ path }) => path.join(".")), [
    "allowed.kubectl.1",
    "allowed.kubectl.2",
    "allowed.bash",
    "allowed.ps.0",
  ]);
});

Deno.test("a dry run without a cluster id takes commands for any cluster", async () => {
  const message = { id: "a", type: "info", tool: "uptime", cluster_id: "elsewhere" };
  assert.equal(outcome(await decideMessage(message, policyForTest({ clusterId: null }))), "allowed: uptime");
});

Deno.test("an API server at an IPv6 address in brackets is known in every spelling", async () => {
  const policy = policyForTest({ apiServerHosts: ["[FD00::1]"] });
  assert.equal(outcome(await decideLine("curl -I https://[fd00:0:0::1]/", policy)), "api_server_address");
  assert.equal(outcome(await decideLine("ping fd00::1", policy)), "api_server_address");
});

Deno.test("the checked address is the one connected to, whatever DNS says next", async () => {
  const answers = [["203.0.113.5"], ["169.254.169.254"]];
  const ports = {
    ...testPorts,
    resolve: (name: string) => Promise.resolve(name === "rebind.example" ? answers.shift() ?? [] : []),
  };
  const decision = await decideLine("curl -I http://rebind.example/", policyForTest(), ports);
  assert.match(outcome(decision), /--resolve rebind\.example:80:203\.0\.113\.5 /);
  assert.equal(answers.length, 1);
});

Deno.test("a resolver that fails is an answer, not a crash", async () => {
  const ports = { ...testPorts, resolve: () => Promise.reject(new Error("SERVFAIL")) };
  assert.equal(outcome(await decideLine("ping web", policyForTest(), ports)), "unresolved_host");
});

Deno.test("a refusal is reported with layer, code and reason, and the layers after it as not reached", async () => {
  const report = reportDecision(await decideLine("kubectl get pods --server=https://evil.example"));
  assert.match(
    report.reason ?? "",
    /^--server is not an option of kubectl get here: .* Allowed flags are --all-namespaces, /,
  );
  assert.deepEqual({ ...report, reason: "" }, {
    verdict: "refused",
    layer: "arguments",
    code: "unknown_flag",
    reason: "",
    argv: null,
    layers: [
      { layer: "envelope", verdict: "passed" },
      { layer: "tool", verdict: "passed" },
      { layer: "verb", verdict: "passed" },
      { layer: "arguments", verdict: "refused", code: "unknown_flag" },
      { layer: "target", verdict: "not reached" },
    ],
  });
});

Deno.test("a reason never repeats what may be a password", async () => {
  for (
    const line of [
      "kubectl get pods --token=hunter2",
      "kubectl get pods --token hunter2",
      "kubectl get pods --tokn=hunter2",
      "curl -I http://me:hunter2@web/",
      "curl -I -u me:hunter2 http://web/",
      "kubectl get pods password=hunter2",
      "kubectl get pods -n hunter2/",
    ]
  ) {
    const decision = await decideLine(line);
    assert.equal(decision.kind, "denied");
    assert.doesNotMatch(JSON.stringify(decision), /hunter2/, line);
  }
});

Deno.test("only decide_command.ts makes approved commands", async () => {
  const makers: string[] = [];
  for (const folder of ["src", "cli"]) {
    for await (const file of sourceFiles(new URL(`../../${folder}/`, import.meta.url))) {
      const text = await readFile(file, "utf8");
      if (/import [^;]*\bapproveCommand\b[^;]* from/.test(text)) makers.push(file.pathname.split("/").at(-1) ?? "");
    }
  }
  assert.deepEqual(makers, ["decide_command.ts"]);
});

async function* sourceFiles(folder: URL): AsyncGenerator<URL> {
  for await (const entry of Deno.readDir(folder)) {
    const url = new URL(entry.isDirectory ? `${entry.name}/` : entry.name, folder);
    if (entry.isDirectory) yield* sourceFiles(url);
    else if (entry.name.endsWith(".ts") && !entry.name.endsWith("_test.ts")) yield url;
  }
}

Deno.test("docs/commands.md lists every refusal code with its meaning and remedy", async () => {
  const text = await readFile(new URL("../../docs/commands.md", import.meta.url), "utf8");
  const rows = [...text.matchAll(/^\| `(\w+)` +\| (\w+) +\| (.+?) +\| (.+?) +\|$/gm)].map((row) => row.slice(1, 5));
  assert.deepEqual(
    rows,
    Object.entries(REFUSALS).map(([code, { layer, meaning, remedy }]) => [code, layer, meaning, remedy]),
  );
});
