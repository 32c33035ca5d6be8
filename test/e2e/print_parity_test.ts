import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import process from "node:process";
import { findTool } from "../../sandbox/find_tool.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { processOutcome } from "../../src/commands/command_outcome.ts";
import { redactLarge } from "../../src/redaction/redact_large.ts";
import { createProcessRunner } from "../../src/commands/run_process.ts";
import { missingControlPlaneTools, startControlPlane } from "../support/control_plane.ts";
import { decideLine } from "../support/decide_request.ts";
import { PARITY_GAUGE, PARITY_OBJECTS, PARITY_ROWS } from "../support/parity_cluster.ts";
import { eventually } from "../../sandbox/eventually.ts";

const missing = await missingControlPlaneTools();
if (missing.length > 0) {
  process.stderr.write(`SKIPPED: expressions beside the real kubectl; not found: ${missing.join(", ")}\n`);
}

/** Exit code and standard output. */
function runKubectl(path: string, args: readonly string[]): Promise<{ code: number; stdout: string }> {
  return new Promise((resolve) => {
    const child = execFile(path, args, (_error, stdout) => resolve({ code: child.exitCode ?? -1, stdout }));
  });
}

Deno.test({
  name: "expressions are printed as kubectl prints them, byte for byte, and without secrets",
  ignore: missing.length > 0,
  async fn(t) {
    await using plane = await startControlPlane();
    await using folder = await createTempDir("parity");
    await plane.kubectl(["create", "-f", "-"], PARITY_OBJECTS);
    await eventually(
      "the custom type is served",
      () => plane.kubectl(["create", "-f", "-"], PARITY_GAUGE).catch(() => null),
    );
    const path = await findTool("kubectl");
    const connection = ["--kubeconfig", plane.kubeconfig];
    const run = createProcessRunner({
      toolPaths: new Map([["kubectl", path]]),
      fixedArguments: new Map([["kubectl", connection]]),
      homeFolder: folder.path,
      memory: null,
    });
    const ask = async (words: readonly string[]) => {
      const decision = await decideLine(["kubectl", ...words]);
      assert.ok(decision.kind === "allowed", JSON.stringify(decision));
      assert.ok(decision.command.print !== undefined);
      const { signal } = new AbortController();
      return await processOutcome(decision.command, await run(decision.command, signal), redactLarge, signal);
    };
    for (const [query, forms] of PARITY_ROWS) {
      for (const form of forms) {
        await t.step(`kubectl ${query} -o ${form}`, async () => {
          const words = [...query.split(" "), "-o", form];
          const real = await runKubectl(path, [...connection, ...words]);
          const ours = await ask(words);
          assert.equal(ours.exitCode, real.code, ours.error);
          // Of a table that fails at a row, kubectl has printed the rows before.
          if (!ours.error.startsWith("Cannot print")) assert.equal(ours.output, real.stdout);
          else assert.equal(ours.output, "");
        });
      }
    }
    await t.step("a password is cut out before the expression sees it", async () => {
      const range = "{range .items[*].spec.containers[*].env[*]}{.name}={.value};{end}";
      const { output, redactions } = await ask(["get", "pods", "-n", "default", "-o", `jsonpath=${range}`]);
      assert.equal(output, "DB_PASSWORD=[REDACTED:env_value];PORT=80;");
      assert.equal(redactions.env_value, 1);
      const guess = '{.items[*].spec.containers[*].env[?(@.value=="ENV-hunter2-PW")].name}';
      assert.equal((await ask(["get", "pods", "-n", "default", "-o", `jsonpath=${guess}`])).output, "");
    });
  },
});
