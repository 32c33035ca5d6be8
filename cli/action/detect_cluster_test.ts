import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import * as z from "zod";
import { configMap, kubeSystem, list, namespace, nodes, UID } from "../../test/fixtures/cluster_objects.ts";
import { EKS } from "../../test/fixtures/known_cluster.ts";
import { runProgramUnderTest } from "../../test/support/program_under_test.ts";
import { startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";

const SHOOT = configMap("kube-system/shoot-info", { shootName: "ca\u001b[31mnary", region: "eu-north-1" });
const DUMP = JSON.stringify(list([kubeSystem(), ...nodes(2, EKS)]));
const NO_ID = JSON.stringify(list([namespace("default", "1"), ...nodes(2, EKS)]));
const answerSchema = z.strictObject({
  id: z.string().nullable(),
  source: z.string().nullable(),
  provider: z.string().nullable(),
  name: z.string().nullable(),
  region: z.string().nullable(),
  evidence: z.array(z.strictObject({ method: z.string(), found: z.boolean(), detail: z.string() })).min(40),
});

const detect = (args: readonly string[], stdin: string, env: Record<string, string> = {}) =>
  runProgramUnderTest(["detect-cluster", ...args], { stdin, env });

Deno.test("detect-cluster: the id alone stands on the first line", async () => {
  const { stdout, exitCode } = await detect(["--from", "-"], DUMP);
  assert.equal(stdout.split("\n")[0], `k8s-${UID}`);
  assert.match(stdout, /^provider\s+eks$/m);
  assert.match(stdout, /^\+ kube-system-uid/m);
  assert.match(stdout, /^- provider\/gke\s+no node/m);
  assert.equal(exitCode, 0);
});

Deno.test("detect-cluster -q: the id and nothing else", async () => {
  const { stdout, stderr } = await detect(["--from", "-", "-q"], DUMP);
  assert.deepEqual([stdout, stderr], [`k8s-${UID}\n`, ""]);
});

Deno.test("detect-cluster --output json: every value, and what every method found", async () => {
  const { stdout } = await detect(["--from", "-", "--output", "json"], DUMP);
  const { evidence, ...values } = answerSchema.parse(JSON.parse(stdout));
  const want = { id: `k8s-${UID}`, source: "kube-system-uid", provider: "eks", name: null, region: "us-west-2" };
  assert.deepEqual(values, want);
  assert.equal(new Set(evidence.map(({ method }) => method)).size, evidence.length);
});

Deno.test("detect-cluster --provider-id: readable, and unique all the same", async () => {
  const { stdout } = await detect(["--from", "-", "-q", "--provider-id"], DUMP);
  assert.match(stdout, /^eks-us-west-2-[0-9a-f]{12}\n$/);
});

Deno.test("detect-cluster: CLUSTER_ID wins and is made one token", async () => {
  const { stdout } = await detect(["--from", "-", "-q"], DUMP, { CLUSTER_ID: "prod.eu *>" });
  assert.equal(stdout, "prod-eu-a7ddefb7\n");
});

Deno.test("detect-cluster: a dump without an id ends with 1, and still says what is known", async () => {
  const { stdout, stderr, exitCode } = await detect(["--from", "-", "--output", "json"], NO_ID);
  const { id, provider } = answerSchema.parse(JSON.parse(stdout));
  assert.deepEqual([id, provider, exitCode], [null, "eks", 1]);
  assert.match(stderr, /no namespace kube-system.*set CLUSTER_ID/);
  assert.deepEqual((await detect(["--from", "-", "-q"], NO_ID)).stdout, "");
  assert.deepEqual((await detect(["--from", "-"], NO_ID)).stdout, "");
});

Deno.test("detect-cluster: a dump that is none ends with 65", async () => {
  const { exitCode, stderr } = await detect(["--from", "-"], "apiVersion: v1\n");
  assert.equal(exitCode, 65);
  assert.match(stderr, /Cannot use standard input: it holds no Kubernetes object/);
  assert.equal((await detect(["--from", "/nowhere/dump.json"], "")).exitCode, 65);
});

Deno.test("detect-cluster: a file is read, and no name in it moves the cursor", async () => {
  await using dir = await createTempDir("detect-cluster");
  await writeFile(dir.file("dump.json"), JSON.stringify(list([kubeSystem(), SHOOT])));
  const { stdout } = await detect(["--from", dir.file("dump.json")], "");
  assert.match(stdout, /^provider\s+gardener$/m);
  assert.match(stdout, /^name\s+not known$/m);
  assert.equal(stdout.includes("\u001b"), false);
});

Deno.test("detect-cluster: live, with what only a live cluster has", async () => {
  await using api = await startSandboxApi();
  const { stdout, exitCode } = await runProgramUnderTest(["detect-cluster", "--output", "json"], {
    env: { ...api.env },
  });
  assert.equal(exitCode, 0);
  const { source, evidence } = answerSchema.parse(JSON.parse(stdout));
  assert.equal(source, "kube-system-uid");
  assert.ok(evidence.some(({ method }) => method === "provider/server-version"));
});

const REFUSALS: readonly { name: string; status: number; exitCode: number; want: RegExp }[] = [
  {
    name: "not allowed is 77 and says what to grant",
    status: 403,
    exitCode: 77,
    want: /403.*set CLUSTER_ID, or grant "get"/,
  },
  { name: "a token that it does not know is 77", status: 401, exitCode: 77, want: /401/ },
  { name: "a failing server is 69", status: 503, exitCode: 69, want: /503/ },
  { name: "too many requests are 69", status: 429, exitCode: 69, want: /429/ },
];

for (const { name, status, exitCode, want } of REFUSALS) {
  Deno.test(`detect-cluster: live, ${name}`, async () => {
    await using api = await startSandboxApi();
    api.faults.plan("get", "namespaces", { kind: "status", status }, 100);
    const run = await runProgramUnderTest(["detect-cluster", "-q"], { env: { ...api.env } });
    assert.deepEqual([run.exitCode, run.stdout], [exitCode, ""]);
    assert.match(run.stderr, want);
  });
}

Deno.test("detect-cluster: live, a server that is not there is 69", async () => {
  const api = await startSandboxApi();
  const env = { ...api.env };
  await using dir = await createTempDir("detect-cluster");
  for (const name of ["token", "ca.crt", "namespace"]) {
    await writeFile(dir.file(name), name === "ca.crt" ? api.ca : "x");
  }
  await api[Symbol.asyncDispose]();
  const { exitCode } = await runProgramUnderTest(["detect-cluster", "-q"], {
    env: { ...env, AGENT_SERVICE_ACCOUNT_DIR: dir.file() },
  });
  assert.equal(exitCode, 69);
});
