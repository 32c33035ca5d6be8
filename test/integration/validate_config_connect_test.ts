import "../support/ignore_stray_socket_errors.ts";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { PROGRAM } from "../support/program_under_test.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";

const NO_CLUSTER = { HOME: "/nowhere", AGENT_SERVICE_ACCOUNT_DIR: "/nowhere" };

/** Runs the real process: an error that nobody listens to ends only that. */
async function connect(url: string, ...more: readonly string[]) {
  const child = spawn(PROGRAM.command, [...PROGRAM.args, "validate-config", "--connect", ...more], {
    env: { ...NO_CLUSTER, CENTRAL_ENDPOINT: url },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr]: [string[], string[]] = [[], []];
  child.stdout.on("data", (chunk) => stdout.push(String(chunk)));
  child.stderr.on("data", (chunk) => stderr.push(String(chunk)));
  const [exitCode] = await once(child, "close");
  return { exitCode, stdout: stdout.join(""), stderr: stderr.join("") };
}

Deno.test("validate-config --connect survives the reset after refused credentials and ends with 77", async () => {
  await using server = await startNatsServer({ config: "authorization { user: u, password: pw }" });
  const run = await connect(server.url);
  assert.match(run.stdout, /^FAIL nats connect: .*NATS refused the credentials/m);
  assert.doesNotMatch(run.stderr, /ECONNRESET|Uncaught/);
  assert.match(run.stderr, /: the configuration is valid; 2 of 2 checks FAILED\n$/);
  assert.equal(run.exitCode, 77);
});

Deno.test("validate-config --connect calls a credentials file that is not there the configuration's fault, exit code 78", async () => {
  await using server = await startNatsServer();
  await using dir = await createTempDir("validate-config-creds");
  const file = dir.file("config.yaml");
  await writeFile(file, "nats: {credentials_file: /nonexistent/agent.creds}\n");
  const run = await connect(server.url, file);
  assert.match(run.stdout, /^FAIL nats connect: .*\/nonexistent\/agent\.creds/m);
  assert.equal(run.exitCode, 78);
});

Deno.test("validate-config --connect takes user and password from the address and never prints them", async () => {
  await using server = await startNatsServer({ config: 'authorization { user: u, password: "p/w@x" }' });
  const run = await connect(server.url.replace("://", "://u:p%2Fw%40x@"));
  assert.match(run.stdout, /^ok {3}nats connect: 127\.0\.0\.1:\d+ is nats-server /m);
  assert.doesNotMatch(run.stdout + run.stderr, /p%2Fw|p\/w/);
});

Deno.test("validate-config --connect says that the stream is missing, and ends with 1", async () => {
  await using server = await startNatsServer({ jetstream: true });
  await using dir = await createTempDir();
  await writeFile(dir.file("config.yaml"), `central_endpoint: ${server.url}\nnats: {delivery: jetstream}\n`);
  const run = await connect(server.url, dir.file("config.yaml"));
  assert.match(run.stdout, /^FAIL stream for agent\.event\.\*: no stream takes agent\.event\.\*; create one/m);
  assert.equal(run.exitCode, 1);
});
