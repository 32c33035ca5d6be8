import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import process from "node:process";
import { PROGRAM } from "../test/support/program_under_test.ts";

Deno.test("a reader that leaves early is no failure", () => {
  const script = `"$@" validate-config --schema | true; echo "\${PIPESTATUS[0]}"`;
  const run = spawnSync("bash", ["-c", script, "bash", PROGRAM.command, ...PROGRAM.args], { encoding: "utf8" });
  assert.deepEqual([run.stdout, run.stderr], ["0\n", ""]);
});

Deno.test("long output is whole although the process ends at once", () => {
  const run = spawnSync(PROGRAM.command, [...PROGRAM.args, "validate-config", "--schema"], { encoding: "utf8" });
  assert.equal(run.status, 0);
  assert.equal(JSON.parse(run.stdout).title, "agent configuration");
});

Deno.test("a second signal ends the process at once", async () => {
  // Standard input stays open, so that the subcommand waits for the rest of the file.
  const child = spawn(PROGRAM.command, [...PROGRAM.args, "validate-config", "-"], { stdio: ["pipe", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
  child.stdout.resume();
  child.stderr.resume();
  // It reads only once its handlers are in place: a pipe full of comments that it has taken is the sign.
  await new Promise<void>((resolve, reject) =>
    child.stdin.write("#\n".repeat(200_000), (error) => error ? reject(error) : resolve())
  );
  // Not child.kill(): Deno's closes the child's standard input with it.
  const terminate = () => process.kill(child.pid ?? NaN, "SIGTERM");
  terminate();
  const again = setInterval(terminate, 50);
  const exitCode = await ended;
  clearInterval(again);
  assert.equal(exitCode, 143);
  child.stdin.destroy();
});
