import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { renderKubeconfig } from "../support/kubeconfig.ts";
import { PROGRAM, runProgramUnderTest } from "../support/program_under_test.ts";
import { startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";

const ignore = !PROGRAM.built;

Deno.test({
  name: "binary: what is loaded only outside a cluster is inside the executable",
  ignore,
  async fn() {
    await using api = await startSandboxApi();
    await using dir = await createTempDir("binary");
    const kubeconfig = dir.file("kubeconfig");
    await writeFile(kubeconfig, renderKubeconfig({ server: api.url, ca: api.ca, token: api.token() }));
    const run = await runProgramUnderTest(["detect-cluster", "-q", "--kubeconfig", kubeconfig]);
    assert.deepEqual([run.exitCode, run.stderr], [0, ""]);
    assert.match(run.stdout, /^k8s-/);
  },
});

/** Variables with which somebody who sets the environment could make a runtime run something else. */
const RUNTIME_VARIABLES = [
  { NODE_OPTIONS: "--require=/nowhere/other.cjs" },
  { NODE_OPTIONS: "--max-old-space-size=1" },
  { DENO_V8_FLAGS: "--max-old-space-size=1" },
];
for (const env of RUNTIME_VARIABLES) {
  Deno.test({
    name: `binary: ${Object.keys(env)[0]} "${Object.values(env)[0]}" changes nothing`,
    ignore,
    async fn() {
      const [plain, changed] = await Promise.all(
        [{}, env].map((given) => runProgramUnderTest(["--version"], { env: given as Record<string, string> })),
      );
      assert.deepEqual(changed, plain);
      assert.equal(changed?.exitCode, 0);
    },
  });
}

Deno.test({
  name: "binary: options of the runtime are no options of the agent",
  ignore,
  async fn() {
    for (const option of ["--eval=1", "--inspect", "--node-options=--inspect"]) {
      const run = await runProgramUnderTest([option]);
      assert.deepEqual([run.exitCode, run.stdout], [2, ""]);
      assert.match(run.stderr, /unknown option/);
    }
  },
});

Deno.test({
  name: "binary: nothing but its own words is on standard error, and all of a large answer on standard output",
  ignore,
  async fn() {
    const run = await runProgramUnderTest(["validate-config", "--schema"]);
    assert.deepEqual([run.exitCode, run.stderr], [0, ""]);
    assert.ok(run.stdout.length > 10_000);
    JSON.parse(run.stdout);
  },
});
