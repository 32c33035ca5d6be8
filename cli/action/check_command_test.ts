import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createDryRunPorts, PLACEHOLDER_ADDRESS } from "../../src/commands/target/dry_run_ports.ts";
import { runProgramUnderTest } from "../../test/support/program_under_test.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";

const LAYERS = ["envelope", "tool", "verb", "arguments", "target"];
const passed = LAYERS.map((layer) => ({ layer, verdict: "passed" }));

Deno.test("check-command prints an allowed command as JSON with every layer", async () => {
  const run = await runProgramUnderTest([
    "check-command",
    "--output",
    "json",
    "--",
    "kubectl",
    "get",
    "pods",
    "-n",
    "default",
  ]);
  assert.equal(run.exitCode, 0);
  assert.deepEqual(JSON.parse(run.stdout), {
    verdict: "allowed",
    layer: null,
    code: null,
    reason: null,
    argv: ["kubectl", "get", "pods", "-n", "default"],
    layers: passed,
  });
});

Deno.test("check-command ends with 1 for a refused command and says layer, code and remedy", async () => {
  const run = await runProgramUnderTest(["check-command", "--", "kubectl", "get", "secrets"]);
  assert.equal(run.exitCode, 1);
  assert.match(run.stdout, /^refused: target\/sensitive_type: "secrets" objects hold credentials\. /);
  assert.match(run.stdout, /\n {2}target +refused \(sensitive_type\)\n$/);
});

Deno.test("check-command prints text that a shell can run", async () => {
  const run = await runProgramUnderTest(["check-command", "--", "kubectl", "get", "pods", "-l", "app in (a,b)"]);
  assert.match(run.stdout, /^allowed: kubectl get pods -l 'app in \(a,b\)'\n/);
});

Deno.test("check-command answers each line of a file in order, what is no command included", async () => {
  const stdin = [
    { id: "1", type: "diagnostic", tool: "kubectl", action: "get", args: ["pods"] },
    { id: "2", type: "diagnostic", tool: "kubectl", action: "get", args: ["pods,secrets"] },
    "no object",
    { id: "4", type: "info", tool: "uptime", created_at: "2020-01-01T00:00:00Z" },
    { id: "5", type: "info", tool: "uptime" },
  ].map((line) => JSON.stringify(line)).join("\n\n");
  const run = await runProgramUnderTest(["check-command", "--file", "-", "--output", "json"], { stdin });
  const reports = run.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(reports.map(({ verdict, code }) => code ?? verdict), [
    "allowed",
    "sensitive_type",
    "not_json",
    "stale",
    "allowed",
  ]);
  assert.equal(run.exitCode, 1);
});

Deno.test("check-command ends with 0 when every line is allowed", async () => {
  await using folder = await createTempDir("check-command");
  const file = folder.file("commands.jsonl");
  await writeFile(file, `${JSON.stringify({ id: "1", type: "info", tool: "ps", action: "aux", args: [] })}\n`);
  const run = await runProgramUnderTest(["check-command", "--file", file]);
  assert.deepEqual([run.exitCode, run.stdout], [0, "allowed: ps aux\n"]);
});

Deno.test("check-command judges by the configuration: narrowing, own tools, cluster id", async () => {
  await using folder = await createTempDir("check-command");
  const config = folder.file("config.yaml");
  await writeFile(
    config,
    "cluster_id: prod\ncommands:\n  allowed: {kubectl: [get]}\n  tools:\n" +
      "    - {name: meshctl, path: /opt/meshctl, arguments: [{name: count, type: int, min: 1, max: 3}]}\n",
  );
  const stdin = [
    { tool: "meshctl", action: "2" },
    { tool: "meshctl", action: "4" },
    { tool: "kubectl", action: "logs", args: ["a"] },
    { tool: "uptime" },
    { tool: "kubectl", action: "get", args: ["pods"], cluster_id: "staging" },
  ].map((fields, id) => JSON.stringify({ id: String(id), type: "info", ...fields })).join("\n");
  const run = await runProgramUnderTest(["check-command", "--config", config, "--file", "-", "--output", "json"], {
    stdin,
  });
  const codes = run.stdout.trimEnd().split("\n").map((line) => JSON.parse(line)).map(({ code }) => code);
  assert.deepEqual(codes, [null, "invalid_argument", "verb_disabled", "tool_disabled", "wrong_cluster"]);
});

Deno.test("check-command takes a name without an address here as an allowed one, and says so", async () => {
  const run = await runProgramUnderTest([
    "check-command",
    "--no-resolve",
    "--",
    "curl",
    "-I",
    "-s",
    "http://web.default.svc:8080/",
  ]);
  assert.equal(run.exitCode, 0);
  assert.match(run.stdout, /--resolve web\.default\.svc:8080:192\.0\.2\.1 /);
  assert.equal(
    run.stderr,
    `web.default.svc has no address here; taken as ${PLACEHOLDER_ADDRESS}. The agent looks it up where it runs.\n`,
  );
});

Deno.test("check-command says that it could not ask what a type means, once, and not of built-in ones", async () => {
  const run = await runProgramUnderTest(["check-command", "--", "kubectl", "get", "svc,tk,pods,tk"]);
  assert.equal(run.exitCode, 0);
  assert.equal(
    run.stderr,
    "Only the API server can tell what tk means; taken as what holds no credentials. The agent asks it.\n",
  );
});

Deno.test("check-command shows what runs where the agent prints the answer, and takes a namespace", async () => {
  const words = ["kubectl", "get", "pods", "-o", "jsonpath={.items[*].metadata.name}"];
  const run = await runProgramUnderTest(["check-command", "--namespace", "shop", "--", ...words]);
  assert.match(run.stdout, /^allowed: kubectl get pods -o '.*' -n shop\n/);
  assert.match(run.stdout, /\nprinted by the agent from: kubectl get pods -n shop -o json\n/);
});

Deno.test("check-command knows the API server of the pod that it runs in", async () => {
  const run = await runProgramUnderTest(["check-command", "--", "curl", "-I", "https://172.20.0.1/"], {
    env: { KUBERNETES_SERVICE_HOST: "172.20.0.1" },
  });
  assert.equal(run.exitCode, 1);
  assert.match(run.stdout, /^refused: target\/api_server_address/);
});

for (
  const { name, args, want } of [
    { name: "neither command nor file", args: [], want: 2 },
    { name: "both", args: ["--file", "-", "--", "uptime"], want: 2 },
    { name: "a file that is not there", args: ["--file", "/nonexistent"], want: 65 },
    { name: "a configuration that is not there", args: ["--config", "/nonexistent", "--", "uptime"], want: 78 },
  ]
) {
  Deno.test(`check-command ends with ${want} on ${name}`, async () => {
    const run = await runProgramUnderTest(["check-command", ...args]);
    assert.deepEqual([run.exitCode, run.stdout], [want, ""]);
    assert.notEqual(run.stderr, "");
  });
}

Deno.test("check-command refuses a configured shell with the place in the file", async () => {
  await using folder = await createTempDir("check-command");
  const config = folder.file("config.yaml");
  await writeFile(config, "commands:\n  allowed: {kubectl: [exec]}\n  tools:\n    - {name: tool, path: /bin/sh}\n");
  const run = await runProgramUnderTest(["check-command", "--config", config, "--", "uptime"]);
  assert.equal(run.exitCode, 78);
  assert.match(run.stderr, /config\.yaml:4:\d+: commands\.tools\[0\]\.path: must be no shell, interpreter or launcher/);
});

Deno.test("a dry run looks each name up once, and refuses by what the name answers here", async () => {
  const asked: string[] = [];
  const placeholders: string[] = [];
  const ports = createDryRunPorts({
    lookUp: true,
    onPlaceholder: (name) => placeholders.push(name),
    resolve: (name) => Promise.resolve(asked.push(name) > 0 && name === "known.example" ? ["169.254.169.254"] : []),
  });
  for (const name of ["known.example", "known.example", "unknown.example", "unknown.example"]) {
    await ports.resolve(name, 30_000);
  }
  assert.deepEqual(await ports.resolve("known.example", 30_000), ["169.254.169.254"]);
  assert.deepEqual(asked, ["known.example", "unknown.example"]);
  assert.deepEqual(placeholders, ["unknown.example"]);
});
