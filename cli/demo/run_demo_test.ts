import assert from "node:assert/strict";
import { runProgramUnderTest } from "../../test/support/program_under_test.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";

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
