import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { access, mkdir, writeFile } from "node:fs/promises";
import process from "node:process";
import { promisify } from "node:util";
import { connect } from "@nats-io/transport-node";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import type { CompletedKind } from "../../cli/shell.ts";
import { PROGRAM, runProgramUnderTest } from "../support/program_under_test.ts";
import { runCliInProcess } from "../support/run_cli_in_process.ts";
import { startSilence } from "../support/silence.ts";
import { writeProgram } from "../../sandbox/write_program.ts";

const isInstalled = (program: string) => spawnSync(program, ["--version"]).status === 0;

/** A fleet of two clusters, one with a name that a shell would run; `agent` on a path of its own; contexts of `nats`. */
async function createWorld() {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await startNatsServer({ jetstream: true }));
  const dir = stack.use(await createTempDir("completion"));
  await runCliInProcess(["fleet", "setup", "--apply"], { env: { CENTRAL_ENDPOINT: server.url } });
  const nats = await connect({ servers: server.url });
  const register = (id: string, name: string) => {
    const info = {
      cluster_id: id,
      cluster_name: name,
      version: "1",
      start_time: new Date().toISOString(),
      capabilities: [],
    };
    nats.publish(`agent.register.${id}`, JSON.stringify(info));
  };
  register("prod-1", "shop");
  register("prod-2", `$(touch ${dir.file("taken")})`);
  await nats.flush();
  await nats.close();
  const agent = dir.file("agent");
  const quoted = [PROGRAM.command, ...PROGRAM.args].map((word) => `'${word}'`).join(" ");
  await writeProgram(agent, `#!/bin/sh\nexec ${quoted} "$@"\n`);
  await mkdir(dir.file("config/nats/context"), { recursive: true });
  for (const name of ["right", "left"]) await writeFile(dir.file(`config/nats/context/${name}.json`), "{}");
  const env: Record<string, string> = {
    ...Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ""])),
    PATH: `${dir.path}:${process.env.PATH ?? ""}`,
    HOME: dir.path,
    XDG_CONFIG_HOME: dir.file("config"),
    CENTRAL_ENDPOINT: server.url,
  };
  const script = async (shell: string) => (await runProgramUnderTest(["completion", shell])).stdout;
  return {
    dir,
    env,
    taken: () => access(dir.file("taken")).then(() => true, () => false),
    async bash(...words: string[]) {
      const source = `${await script("bash")}
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _agent; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout } = await promisify(execFile)("bash", ["-c", source, "bash", ...words], { env });
      return stdout.split("\n").filter((line) => line !== "");
    },
    async fish(line: string) {
      const source = `${await script("fish")}\ncomplete -C "${line}"`;
      const { stdout } = await promisify(execFile)("fish", ["-c", source], { env });
      return stdout.split("\n").map((found) => found.split("\t")[0] ?? "").filter((found) => found !== "");
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

Deno.test({
  name: "bash completes clusters from the bus and contexts of nats, and runs nothing that a name says",
  ignore: !isInstalled("bash"),
  fn: async () => {
    await using world = await createWorld();
    assert.deepEqual(await world.bash("agent", "exec", ""), ["prod-1", "prod-2", "shop"]);
    assert.deepEqual(await world.bash("agent", "exec", "prod-1", ""), []);
    assert.deepEqual(await world.bash("agent", "tail", "--cluster", "sh"), ["shop"]);
    assert.deepEqual(await world.bash("agent", "fleet", "--context", ""), ["left", "right"]);
    assert.equal(await world.taken(), false);
  },
});

Deno.test({
  name: "fish completes clusters from the bus and contexts of nats, and runs nothing that a name says",
  ignore: !isInstalled("fish"),
  fn: async () => {
    await using world = await createWorld();
    assert.deepEqual((await world.fish("agent exec ")).sort(), ["prod-1", "prod-2", "shop"]);
    assert.deepEqual(await world.fish("agent tail --cluster sh"), ["shop"]);
    assert.deepEqual(await world.fish("agent fleet --context ri"), ["right"]);
    assert.equal(await world.taken(), false);
  },
});

Deno.test("completion: every kind of word that scripts ask for is answered", async () => {
  await using world = await createWorld();
  const kubeconfig = world.dir.file("kubeconfig");
  const names = ["kind", "arn:aws:eks:us-west-2:1:cluster/prod", "admin@k8s", "$(id)"];
  await writeFile(kubeconfig, JSON.stringify({ contexts: names.map((name) => ({ name, context: {} })) }));
  const ask = async (kind: CompletedKind, ...typed: string[]) => {
    const run = await runCliInProcess(["__complete", kind, "--", ...typed], { env: world.env });
    assert.deepEqual([run.exitCode, run.stderr], [0, ""]);
    return run.stdout.trimEnd().split("\n");
  };
  const answers: Record<CompletedKind, readonly string[]> = {
    clusters: await ask("clusters", "exec"),
    contexts: await ask("contexts", "fleet", "--context"),
    "kube-contexts": await ask("kube-contexts", "run", "--kubeconfig", "~/kubeconfig", "--context"),
    reasons: (await ask("reasons", "tail", "--reason")).filter((reason) => /^(?:BackOff|OOMKilling)$/.test(reason)),
    rules: (await ask("rules", "tail", "--rule")).filter((rule) =>
      /^(?:image\.pull\.unreachable|oom\.container\.killed)$/.test(rule)
    ),
    streams: await ask("streams", "history", "--stream"),
  };
  assert.deepEqual(answers, {
    clusters: ["prod-1", "prod-2", "shop"],
    contexts: ["left", "right"],
    "kube-contexts": ["admin@k8s", "arn:aws:eks:us-west-2:1:cluster/prod", "kind"],
    reasons: ["BackOff", "OOMKilling"],
    rules: ["image.pull.unreachable", "oom.container.killed"],
    streams: ["AGENT_EVENTS", "AGENT_METRICS", "AGENT_RESULTS", "KV_agents"],
  });
});

Deno.test("completion: without NATS, or with one that says nothing, there is nothing, soon and silently", async () => {
  await using silence = await startSilence();
  for (const server of ["nats://127.0.0.1:1", `nats://${silence.host}`, "no address at all"]) {
    const from = performance.now();
    const run = await runCliInProcess(["__complete", "clusters", "--", "exec"], { env: { CENTRAL_ENDPOINT: server } });
    assert.deepEqual(run, { exitCode: 0, stdout: "", stderr: "" });
    assert.ok(performance.now() - from < 3_000);
  }
});
