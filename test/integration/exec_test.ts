import assert from "node:assert/strict";
import { appendFile, readFile, stat } from "node:fs/promises";
import { connect } from "@nats-io/transport-node";
import * as z from "zod";
import { openAuditLog } from "../../src/commands/audit/audit_log.ts";
import { type CommandHarnessOptions, startCommandHarness } from "../support/command_harness.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { startSilence } from "../support/silence.ts";
import { runProgramUnderTest } from "../support/program_under_test.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";

/** A nats-server with the command service of cluster `local` on it; `exec` runs the command line against it. */
async function startAgent(
  { listensAfterMs = 0, ...options }: CommandHarnessOptions & { listensAfterMs?: number } = {},
) {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await startNatsServer());
  const harness = stack.use(await startCommandHarness(options));
  const nats = await connect({ servers: server.url });
  stack.defer(() => nats.close());
  const listen = () =>
    nats.subscribe("agent.command.local", {
      callback: (_, message) => {
        harness.accept({
          body: message.data,
          bytes: message.data.length,
          header: (name) => message.headers?.get(name) || null,
          reply: { subject: message.reply ?? "", send: (body) => void message.respond(body) },
        });
      },
    });
  if (listensAfterMs === 0) listen();
  else {
    const timer = setTimeout(listen, listensAfterMs);
    stack.defer(() => clearTimeout(timer));
  }
  await nats.flush();
  return {
    exec: (cluster: string, ...args: string[]) => runProgramUnderTest(["exec", cluster, "--nats", server.url, ...args]),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const CASES: readonly {
  name: string;
  args: readonly string[];
  want: { exitCode: number; stdout: string; stderr: RegExp };
}[] = [
  { name: "a success", args: ["--", "probe", "hello"], want: { exitCode: 0, stdout: "hello\n", stderr: /^$/ } },
  {
    name: "the remote exit code",
    args: ["--", "probe", "fail"],
    want: { exitCode: 7, stdout: "out\n", stderr: /^bad\n$/ },
  },
  {
    name: "a refusal",
    args: ["--", "kubectl", "get", "pods", "-w"],
    want: { exitCode: 1, stdout: "", stderr: /^agent: refused by the arguments layer \(\w+\): .*\n$/ },
  },
  {
    name: "a timeout",
    args: ["--timeout", "300ms", "--", "probe", "sleep"],
    want: { exitCode: 1, stdout: "", stderr: /^Timed out after 300ms/ },
  },
];

for (const { name, args, want } of CASES) {
  Deno.test(`agent exec: ${name}`, async () => {
    await using agent = await startAgent();
    const run = await agent.exec("local", ...args);
    assert.deepEqual([run.exitCode, run.stdout], [want.exitCode, want.stdout]);
    assert.match(run.stderr, want.stderr);
  });
}

Deno.test("agent exec: a replica that begins to lead a second later gets the command", async () => {
  await using agent = await startAgent({ listensAfterMs: 1_000 });
  const run = await agent.exec("local", "--", "probe", "hello");
  assert.deepEqual([run.exitCode, run.stdout], [0, "hello\n"]);
});

Deno.test("agent exec: no agent is exit code 69", async () => {
  await using agent = await startAgent();
  const run = await agent.exec("elsewhere", "--", "probe", "hello");
  assert.equal(run.exitCode, 69);
  assert.match(run.stderr, /No agent listens on agent\.command\.elsewhere/);
});

Deno.test("agent exec: an agent that does not answer is waited for as long as --timeout says", async () => {
  await using server = await startNatsServer();
  const nats = await connect({ servers: server.url });
  try {
    nats.subscribe("agent.command.mute", { callback: () => {} });
    await nats.flush();
    const from = performance.now();
    const run = await runProgramUnderTest(["exec", "mute", "--nats", server.url, "--timeout", "1s", "--", "uptime"]);
    const tookMs = performance.now() - from;
    assert.equal(run.exitCode, 69);
    assert.match(run.stderr, /^No result on agent\.command\.mute within 1\.\d s; /);
    assert.ok(tookMs >= 1_000 && tookMs < 10_000, `it took ${tookMs.toFixed(0)} ms`);
  } finally {
    await nats.close();
  }
});

Deno.test("agent exec: a server without a greeting is waited for as long as --timeout says", async () => {
  await using silence = await startSilence();
  const from = performance.now();
  const run = await runProgramUnderTest([
    ...["exec", "prod", "--nats", `nats://${silence.host}`, "--timeout", "1s"],
    ...["--", "uptime"],
  ]);
  const tookMs = performance.now() - from;
  assert.equal(run.exitCode, 69);
  assert.match(run.stderr, /^No NATS connection within 1 s; /);
  assert.ok(tookMs >= 1_000 && tookMs < 8_000, `it took ${tookMs.toFixed(0)} ms`);
});

Deno.test("agent exec and keygen: a key that keygen made signs what an agent that wants signatures runs", async () => {
  await using folder = await createTempDir("keygen");
  const made = await runProgramUnderTest(["keygen", folder.file("ops.nk")]);
  assert.match(made.stdout, /^U[A-Z2-7]{55}\n$/);
  await using agent = await startAgent({
    requireSignature: true,
    trustedKeys: [{ name: "ops", publicKey: made.stdout.trim() }],
  });
  const signed = await agent.exec("local", "--sign-key", folder.file("ops.nk"), "--", "probe", "hello");
  assert.deepEqual([signed.exitCode, signed.stdout], [0, "hello\n"]);
  const unsigned = await agent.exec("local", "--", "probe", "hello");
  assert.deepEqual([unsigned.exitCode, unsigned.stdout], [1, ""]);
  assert.match(unsigned.stderr, /refused by the envelope layer \(unsigned\)/);
});

Deno.test("agent exec: an answer that names another cluster is left out, and that is said", async () => {
  await using server = await startNatsServer();
  const nats = await connect({ servers: server.url });
  nats.subscribe("agent.command.local", {
    callback: (_, message) => {
      const { id } = z.object({ id: z.string() }).parse(message.json());
      const at = new Date().toISOString();
      const result = { command_id: id, cluster_id: "other", status: "success", output: "forged\n", error: "" };
      message.respond(
        JSON.stringify({ ...result, exit_code: 0, duration: 1, execution_time: 1, truncated: false, timestamp: at }),
      );
    },
  });
  await nats.flush();
  const { exitCode, stdout, stderr } = await runProgramUnderTest(["exec", "local", "--nats", server.url, "ps"]);
  await nats.close();
  assert.deepEqual([exitCode, stdout], [65, ""]);
  assert.match(stderr, /What answered for local says that it is other, so its answer is left out/);
});

Deno.test("agent keygen: the file is for its owner alone and is never overwritten", async () => {
  await using folder = await createTempDir("keygen");
  const path = folder.file("ops.nk");
  assert.equal((await runProgramUnderTest(["keygen", path])).exitCode, 0);
  const seed = await readFile(path, "utf8");
  assert.match(seed, /^SU[A-Z2-7]{56}\n$/);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const again = await runProgramUnderTest(["keygen", path]);
  assert.equal(again.exitCode, 1);
  assert.match(again.stderr, /never overwritten/);
  assert.ok(!again.stderr.includes(seed.trim()));
  assert.equal(await readFile(path, "utf8"), seed);
});

Deno.test("agent audit verify: says yes, or the first line that does not fit", async () => {
  await using folder = await createTempDir("audit");
  const path = folder.file("audit.log");
  const log = await openAuditLog({ path, fallback: () => {}, now: Date.now, onFailure: () => {} });
  for (const id of ["a", "b", "c"]) await log.record({ event: "decision", command_id: id });
  await log.close();
  const good = await runProgramUnderTest(["audit", "verify", path]);
  assert.equal(good.exitCode, 0);
  assert.match(good.stdout, /^intact: 3 lines, head 3:[0-9a-f]{64}\n$/);
  assert.match(good.stderr, /missing at the end/);
  const anchored = await runProgramUnderTest(["audit", "verify", path, "--expect-hash", "0".repeat(63) + "1"]);
  assert.equal(anchored.exitCode, 1);
  const head = /head (\S+)/.exec(good.stdout)?.[1] ?? "";
  const expect = async (text: string) =>
    (await runProgramUnderTest(["audit", "verify", path, "--expect-hash", text])).exitCode;
  assert.equal(await expect(head), 0, "the head as it was printed");
  assert.equal(await expect(head.slice(head.indexOf(":") + 1)), 0, "the hash alone");
  assert.equal(await expect(head.replace("3:", "2:")), 1, "another line's number");
  assert.equal(await expect("foo"), 2, "neither");
  await appendFile(path, "hello\n");
  const bad = await runProgramUnderTest(["audit", "verify", path, "--output", "json"]);
  assert.equal(bad.exitCode, 1);
  assert.match(bad.stdout, /"kind":"broken",.*"line":4/);
  assert.equal((await runProgramUnderTest(["audit", "verify", folder.file("none")])).exitCode, 65);
});
