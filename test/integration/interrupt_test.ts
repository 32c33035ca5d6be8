import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { connect } from "@nats-io/transport-node";
import { eventually } from "../../sandbox/eventually.ts";
import { findTool } from "../../sandbox/find_tool.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { PROGRAM } from "../support/program_under_test.ts";
import { runCliInProcess } from "../support/run_cli_in_process.ts";
import { startSilence } from "../support/silence.ts";
import { writeProgram } from "../../sandbox/write_program.ts";

// One Ctrl-C ends every wait of every subcommand: within 0.3 s, with 130, and nothing is left behind.

/** From the signal to the end of the process. */
const LIMIT_MS = 300;
/** A busy machine may take longer to wake a process; a wait that goes on is not helped by another try. */
const TRIES = 3;

interface Waiting {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Resolves once the subcommand is where it waits; without it, as soon as it listens to signals. */
  readonly arrived?: (output: () => string) => Promise<unknown>;
  /** What must hold once the process is gone. */
  readonly after?: () => Promise<void>;
}

/** Whether a handler of the process waits for SIGINT: the second bit of the mask of caught signals. */
async function listensToSignals(pid: number): Promise<boolean> {
  const [, mask = "0"] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(await readFile(`/proc/${pid}/status`, "utf8")) ?? [];
  return (BigInt(`0x${mask}`) & 2n) !== 0n;
}

/** Runs a subcommand with standard input open, interrupts it once where it waits, and measures its end. */
async function interrupt({ args, env = {}, arrived, after }: Waiting) {
  const child = spawn(PROGRAM.command, [...PROGRAM.args, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true, // a group of its own, so that it can get the signal as a terminal sends it: to all of the group
    env: { ...process.env, CENTRAL_ENDPOINT: "nats://127.0.0.1:4222", ...env },
  });
  const pid = child.pid ?? 0;
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Uint8Array) => stdout += new TextDecoder().decode(chunk));
  child.stderr.on("data", (chunk: Uint8Array) => stderr += new TextDecoder().decode(chunk));
  child.stdin.on("error", () => {});
  const ended = once(child, "exit");
  const closed = once(child, "close");
  try {
    const there = arrived?.(() => stdout);
    await eventually("it listens to signals", () => listensToSignals(pid), 30_000);
    await there;
    const from = performance.now();
    process.kill(-pid, "SIGINT");
    const timer = setTimeout(() => process.kill(pid, "SIGKILL"), 5_000);
    const [exitCode, endSignal] = await ended;
    // Before the program listens, the runtime's own handler ends it by the signal: to a shell that is 130 as well.
    const code = exitCode ?? (endSignal === "SIGINT" ? 130 : null);
    clearTimeout(timer);
    const tookMs = performance.now() - from;
    await after?.();
    return { code, tookMs, stderr };
  } finally {
    child.stdin.destroy();
    if (child.exitCode === null && child.signalCode === null) process.kill(pid, "SIGKILL");
    await closed;
  }
}

async function assertEndsAtOnce(waiting: Waiting): Promise<void> {
  for (let left = TRIES - 1;; left--) {
    const { code, tookMs, stderr } = await interrupt(waiting);
    assert.deepEqual([code, stderr.includes("Unexpected")], [130, false], stderr);
    if (tookMs < LIMIT_MS) return;
    assert.ok(left > 0, `it took ${tookMs.toFixed(0)} ms`);
  }
}

const EXEC = ["exec", "prod", "--nats"] as const;
const INCIDENT = "0123456789abcdef-abcde";

for (
  const { name, args } of [
    { name: "test-rules", args: ["test-rules"] },
    { name: "validate-config", args: ["validate-config", "-"] },
    { name: "check-command", args: ["check-command", "--file", "-"] },
    { name: "detect-cluster", args: ["detect-cluster", "--from", "-"] },
  ]
) {
  Deno.test(`interrupt: ${name} that reads standard input`, async () => {
    await assertEndsAtOnce({ args });
  });
}

for (
  const { name, args } of [
    { name: "tail", args: (host: string) => ["tail", "--nats", `nats://${host}`] },
    { name: "exec", args: (host: string) => [...EXEC, `nats://${host}`, "--", "uptime"] },
    { name: "exec --all", args: (host: string) => ["exec", "--all", "--nats", `nats://${host}`, "--", "uptime"] },
    { name: "send-event", args: (host: string) => ["send-event", "--nats", `nats://${host}`, "--wait"] },
    { name: "fleet", args: (host: string) => ["fleet", "--nats", `nats://${host}`] },
    { name: "fleet --watch", args: (host: string) => ["fleet", "--watch", "--nats", `nats://${host}`] },
    { name: "fleet setup", args: (host: string) => ["fleet", "setup", "--nats", `nats://${host}`] },
    { name: "history", args: (host: string) => ["history", "--nats", `nats://${host}`] },
    { name: "incident", args: (host: string) => ["incident", INCIDENT, "--nats", `nats://${host}`] },
  ]
) {
  Deno.test(`interrupt: ${name} that connects to a server without a greeting`, async () => {
    await using silence = await startSilence();
    await assertEndsAtOnce({ args: args(silence.host), arrived: silence.reached });
  });
}

Deno.test("interrupt: validate-config --connect that connects to a server without a greeting", async () => {
  await using silence = await startSilence();
  const env = { CENTRAL_ENDPOINT: `nats://${silence.host}` };
  await assertEndsAtOnce({ args: ["validate-config", "--connect"], env, arrived: silence.reached });
});

Deno.test("interrupt: detect-cluster that asks an API server without an answer", async () => {
  await using silence = await startSilence();
  await using dir = await createTempDir("interrupt");
  const file = dir.file("kubeconfig");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "a", cluster: { server: `http://${silence.host}` } }],
    users: [{ name: "a", user: { token: "t" } }],
    contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
    "current-context": "a",
  };
  await writeFile(file, JSON.stringify(config));
  await assertEndsAtOnce({ args: ["detect-cluster", "--kubeconfig", file], arrived: silence.reached });
});

Deno.test("interrupt: tail, exec, incident and send-event --wait that are connected", async (t) => {
  await using server = await startNatsServer();
  const nats = await connect({ servers: server.url });
  try {
    let heard = 0;
    nats.subscribe("agent.>", { callback: () => void heard++ });
    await nats.flush();
    const told = () => {
      const before = heard;
      return eventually("it has published", () => heard > before, 30_000);
    };
    await t.step("exec", () => assertEndsAtOnce({ args: [...EXEC, server.url, "--", "uptime"], arrived: told }));
    const sendEvent = ["send-event", "--nats", server.url, "--wait", "--count", "1000"];
    await t.step("send-event", () => assertEndsAtOnce({ args: sendEvent, arrived: told }));
    await t.step("tail", () => assertEndsAtOnce({ args: ["tail", "--nats", server.url] }));
    await t.step("incident", () => assertEndsAtOnce({ args: ["incident", INCIDENT, "--nats", server.url] }));
  } finally {
    await nats.close();
  }
});

Deno.test("interrupt: fleet --watch that has shown the fleet", async () => {
  await using server = await startNatsServer({ jetstream: true });
  await runCliInProcess(["fleet", "setup", "--apply", "--nats", server.url]);
  const nats = await connect({ servers: server.url });
  await nats.request("agent.register.prod-1", JSON.stringify({ cluster_id: "prod-1", version: "1" }));
  await nats.close();
  await assertEndsAtOnce({
    args: ["fleet", "--watch", "--nats", server.url],
    arrived: (output) => eventually("the fleet is shown", () => output().includes("prod-1"), 30_000),
  });
});

Deno.test("interrupt: demo that builds a nats-server, and the build with it", async () => {
  await using dir = await createTempDir("interrupt");
  await writeProgram(
    dir.file("go"),
    `#!/bin/sh\n[ "$1" = version ] && exit 0\necho $$ >${dir.file("pid")}\nexec sleep 60\n`,
  );
  const env = { PATH: `${dir.path}:/usr/bin:/bin`, XDG_CACHE_HOME: dir.file("cache"), TMPDIR: dir.path };
  const builder = async () => Number(await readFile(dir.file("pid"), "utf8"));
  await assertEndsAtOnce({
    args: ["demo", "--once"],
    env: { ...env, NATS_SERVER: "", KUBEBUILDER_ASSETS: "" },
    arrived: () => eventually("the build runs", async () => await builder() > 0, 30_000),
    after: async () => {
      const pid = await builder();
      await eventually("the build is gone", () => !isRunning(pid), 2_000);
      await writeFile(dir.file("pid"), "");
    },
  });
});

Deno.test("interrupt: demo that plays, and what it started with it", async () => {
  await using dir = await createTempDir("interrupt");
  const server = async () => {
    const files = await readdir(dir.path, { recursive: true });
    return Number(files.flatMap((file) => /nats-server_(\d+)\.ports$/.exec(file)?.[1] ?? [])[0]);
  };
  let pid = NaN;
  const { code, stderr } = await interrupt({
    args: ["demo"],
    env: { TMPDIR: dir.path, NATS_SERVER: await findTool("nats-server") },
    arrived: async (output) => {
      await eventually("the story is told", () => output().includes("->"), 30_000);
      pid = await server();
    },
  });
  assert.equal(code, 130, stderr);
  assert.equal(stderr, "", "nothing is wrong with it");
  assert.ok(pid > 0, "the nats-server was not found");
  assert.equal(isRunning(pid), false, "the nats-server is left");
  assert.deepEqual(await readdir(dir.path), []);
});

Deno.test("interrupt: Ctrl-C on a terminal, which is then as it was", async () => {
  // The shell stays to tell how the program ended, and how the terminal is set before and after.
  const command = [PROGRAM.command, ...PROGRAM.args].map((word) => `'${word}'`).join(" ");
  const shell = `trap : INT; stty -g; ${command} test-rules; echo "ended with $?"; stty -g`;
  const child = spawn("script", ["--quiet", "--return", "--command", shell, "/dev/null"], { stdio: "pipe" });
  let output = "";
  child.stdout.on("data", (chunk: Uint8Array) => output += new TextDecoder().decode(chunk));
  child.stderr.resume();
  const closed = once(child, "close");
  try {
    const pid = await eventually(
      "the program runs",
      async () => await descendant(child.pid ?? 0, "test-rules"),
      30_000,
    );
    await eventually("it listens to signals", () => listensToSignals(pid), 30_000);
    child.stdin.write("\u0003");
    await eventually("it has ended, and the shell has told", () => /ended with \d+\r?\n.+\r?\n/.test(output), 5_000);
  } finally {
    child.stdin.end();
    process.kill(child.pid ?? 0, "SIGTERM");
    await closed;
  }
  const [before, ended, after] = output.replaceAll("^C", "").split(/\r?\n/).filter((line) => line !== "");
  assert.equal(ended, "ended with 130");
  assert.equal(after, before);
});

/** The process below `parent` whose command line holds `word`. */
async function descendant(parent: number, word: string): Promise<number | undefined> {
  const children = await readFile(`/proc/${parent}/task/${parent}/children`, "utf8");
  for (const pid of children.split(" ").filter((text) => text !== "").map(Number)) {
    const words = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
    if (words.includes(word)) return pid;
    const below = await descendant(pid, word);
    if (below !== undefined) return below;
  }
  return undefined;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
