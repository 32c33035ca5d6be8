import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { execFile } from "node:child_process";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import process from "node:process";
import { promisify } from "node:util";
import { parse } from "yaml";
import * as z from "zod";
import { processOutcome } from "../../src/commands/command_outcome.ts";
import { type KubectlAccess, openKubectlAccess } from "../../src/commands/kubectl_access.ts";
import { createProcessRunner } from "../../src/commands/run_process.ts";
import { redactLarge } from "../../src/redaction/redact_large.ts";
import { openWorkFolder } from "../../src/commands/work_folder.ts";
import { approveForTest } from "../support/approve_command.ts";
import { findTool } from "../../sandbox/find_tool.ts";
import { createTempDir, type TempDir } from "../../sandbox/temp_dir.ts";

const KUBECONFIG = process.env.KUBECONFIG;
if (KUBECONFIG === undefined) {
  process.stderr.write("SKIPPED: kubectl against a real API server; set KUBECONFIG to a disposable cluster's file\n");
}
const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name: `real kubectl: ${name}`, ignore: KUBECONFIG === undefined, fn });

const kubeconfigSchema = z.object({
  clusters: z.tuple([z.object({ cluster: z.object({ server: z.string(), "certificate-authority": z.string() }) })]),
  users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]),
});

/** What kubectl prints to a person with the same credentials. */
async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(await findTool("kubectl"), ["--kubeconfig", KUBECONFIG ?? "", ...args]);
  return stdout;
}

async function openRunner(folder: TempDir, access: KubectlAccess) {
  await mkdir(folder.file("work"), { recursive: true });
  const work = await openWorkFolder(folder.file("work"));
  const fixed = await openKubectlAccess(access, work.path);
  const run = createProcessRunner({
    toolPaths: new Map([["kubectl", await findTool("kubectl")]]),
    fixedArguments: new Map([["kubectl", fixed]]),
    memory: null,
    homeFolder: work.home,
  });
  return {
    work,
    fixed,
    run: async (...args: string[]) => {
      const command = approveForTest(["kubectl", ...args]);
      const { signal } = new AbortController();
      return await processOutcome(command, await run(command, signal), redactLarge, signal);
    },
  };
}

async function serviceAccountFiles(folder: TempDir) {
  const { clusters, users } = kubeconfigSchema.parse(parse(await readFile(KUBECONFIG ?? "", "utf8")));
  const { server, "certificate-authority": caFile } = clusters[0].cluster;
  const { token } = users[0].user;
  await writeFile(folder.file("token"), token);
  return { token, access: { kind: "in-cluster", server, caFile, tokenFile: folder.file("token") } as const };
}

test("the agent's kubeconfig prints what kubectl prints", async () => {
  await using folder = await createTempDir("kubectl");
  const { run } = await openRunner(folder, { kind: "kubeconfig", path: KUBECONFIG ?? "", context: null });
  for (
    const args of [["get", "namespaces", "-o", "name"], ["get", "services", "-A", "-o", "json"], ["api-resources"]]
  ) {
    const outcome = await run(...args);
    assert.deepEqual([outcome.status, outcome.output], ["success", await kubectl(...args)]);
  }
});

test("a service account's token is read anew, and stands neither in a file of ours nor in an argument", async () => {
  await using folder = await createTempDir("kubectl");
  const { token, access } = await serviceAccountFiles(folder);
  const { run, work, fixed } = await openRunner(folder, access);
  assert.match((await run("get", "namespaces", "-o", "name")).output, /namespace\/default\n/);
  assert.ok(!fixed.join(" ").includes(token));
  const kubeconfig = await readFile(`${work.path}/kubeconfig`, "utf8");
  assert.ok(!kubeconfig.includes(token));
  assert.equal((await stat(`${work.path}/kubeconfig`)).mode & 0o777, 0o600);
  await writeFile(access.tokenFile, "rotated-away");
  assert.equal((await run("get", "namespaces")).status, "failed");
  await writeFile(access.tokenFile, token);
  assert.equal((await run("get", "namespaces")).status, "success");
  await work.close();
});

test("a Secret that slips through the policy and RBAC is redacted in every form kubectl prints", async () => {
  await using folder = await createTempDir("kubectl");
  const name = `slip-${process.pid}`;
  const manifest = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name },
    stringData: { user: "planted-user", "deep.key": "planted\nvalue" },
  };
  await writeFile(folder.file("secret.json"), JSON.stringify(manifest));
  await kubectl("apply", "-f", folder.file("secret.json"));
  try {
    const { run } = await openRunner(folder, { kind: "kubeconfig", path: KUBECONFIG ?? "", context: null });
    const planted = [
      "planted",
      Buffer.from("planted-user").toString("base64"),
      Buffer.from("planted\nvalue").toString("base64"),
    ];
    for (
      const args of [["secret", name, "-o", "yaml"], ["secret", name, "-o", "json"], ["secrets", "-o", "yaml"], [
        "secrets",
        "-o",
        "json",
      ]]
    ) {
      const { output, redactions } = await run("get", ...args);
      assert.ok(output.includes(name));
      for (const text of planted) assert.ok(!output.includes(text), `${args.join(" ")} shows ${text}`);
      assert.ok((redactions.secret_data ?? 0) >= 2 && (redactions.last_applied ?? 0) >= 1);
    }
  } finally {
    await kubectl("delete", "secret", name);
  }
});

test("a kubectl that waits for a server that hangs is killed at its deadline", async () => {
  await using folder = await createTempDir("kubectl");
  const { work } = await openRunner(folder, { kind: "kubeconfig", path: KUBECONFIG ?? "", context: null });
  const run = createProcessRunner({
    toolPaths: new Map([["kubectl", await findTool("kubectl")]]),
    fixedArguments: new Map([["kubectl", [`--kubeconfig=${KUBECONFIG}`]]]),
    memory: null,
    homeFolder: work.home,
  });
  const watching = approveForTest(["kubectl", "get", "namespaces", "--watch"], { timeoutMs: 2000 });
  const outcome = await run(watching, new AbortController().signal);
  assert.deepEqual(outcome.end, { kind: "timed_out" });
  assert.ok(outcome.durationMs < 3000);
});
