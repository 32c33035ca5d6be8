import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { promisify } from "node:util";
import { eventually } from "../../sandbox/eventually.ts";
import { findTool } from "../../sandbox/find_tool.ts";
import { PROGRAM, runProgramUnderTest } from "../../test/support/program_under_test.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { writeProgram } from "../../sandbox/write_program.ts";

Deno.test("agent demo: a nats-server that NATS_SERVER names and that is not there is said, exit code 69", async () => {
  await using dir = await createTempDir("demo");
  const named = dir.file("none");
  const run = await runProgramUnderTest(["demo", "--once"], { env: { NATS_SERVER: named } });
  assert.equal(run.exitCode, 69);
  assert.match(run.stderr, new RegExp(`^Cannot use nats-server: NATS_SERVER names ${named}, .*\n$`));
});

Deno.test("agent demo: a program that is no nats-server is an ordinary error, exit code 69", async () => {
  const run = await runProgramUnderTest(["demo", "--once"], { env: { NATS_SERVER: "/bin/false" } });
  assert.equal(run.exitCode, 69);
  assert.match(run.stderr, /^Cannot start \/bin\/false: /);
  assert.doesNotMatch(run.stderr, /fault of the agent/);
});

Deno.test("agent demo: a reader that goes away ends it, and its NATS server with it", async () => {
  await using dir = await createTempDir("demo");
  const [server, pidFile] = [dir.file("nats-server"), dir.file("pid")];
  const real = await findTool("nats-server", { env: process.env });
  await writeProgram(server, `#!/bin/sh\necho $$ >'${pidFile}'\nexec '${real}' "$@"\n`);
  const pipe = ["-c", '"$@" | head -n 3', "sh", PROGRAM.command, ...PROGRAM.args, "demo"];
  const { stdout } = await promisify(execFile)("sh", pipe, { env: { ...process.env, NATS_SERVER: server } });
  assert.equal(stdout.split("\n").length, 4);
  const pid = Number(await readFile(pidFile, "utf8"));
  await eventually("the NATS server has ended", () => {
    try {
      return !process.kill(pid, 0);
    } catch {
      return true;
    }
  });
});
