import assert from "node:assert/strict";
import process from "node:process";
import { type Child, startChild } from "../../sandbox/child_process.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { runToolOrFail } from "../../sandbox/run_tool.ts";
import { createTempDir, type TempDir } from "../../sandbox/temp_dir.ts";
import { bundleAgent } from "../support/agent_program.ts";
import { type ControlPlane, missingControlPlaneTools, startControlPlane } from "../support/control_plane.ts";
import { startDeploymentByHand } from "../support/deployment_by_hand.ts";
import { freePort } from "../support/free_port.ts";
import { CHART_FOLDER, findHelm } from "../support/helm_chart.ts";

/** A scheduler says why a pod can't be placed, and a simulated node makes the pods of the chart run. */
const PLANE = { nodes: 1 } as const;
const missing = await missingControlPlaneTools(PLANE);
if (missing.length > 0) {
  process.stderr.write(`SKIPPED: from nothing to the first report; not found: ${missing.join(", ")}\n`);
}
const helm = missing.length > 0 ? null : await findHelm({ build: true });

/** The bound that the documentation promises. */
const PROMISED_MS = 120_000;
const NAMESPACE = "aetherius-agent";

interface Person extends AsyncDisposable {
  readonly dir: TempDir;
  readonly plane: ControlPlane;
  readonly nats: string;
  readonly program: string;
  /** Types a subcommand that goes on, into a terminal of its own. */
  start(name: string, args: readonly string[]): Promise<Child>;
  /** Makes the fault of the README: a pod that asks for a node that does not exist. */
  makeFault(): Promise<void>;
  /** Waits until the terminal shows the agent's report of it; returns the line. */
  seesReport(terminal: Child, agent: Child): Promise<string>;
}

async function createPerson(): Promise<Person> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await createTempDir("first-report"));
  const [plane, nats, program] = await Promise.all([startControlPlane(PLANE), startNatsServer(), bundleAgent()]);
  stack.use(plane);
  stack.use(nats);
  const account = "/api/v1/namespaces/default/serviceaccounts/default";
  await eventually("pods can be made", async () => (await plane.request("GET", account)).status === 200, 30_000);
  const owned = stack.move();
  return {
    dir,
    plane,
    nats: nats.url,
    program,
    start: async (name, args) =>
      owned.use(
        await startChild({
          command: process.execPath,
          args: ["run", "-A", program, ...args],
          env: { HOME: dir.path, NO_COLOR: "1" },
          logFile: dir.file(`${name}.log`),
        }),
      ),
    makeFault: async () => {
      const overrides = JSON.stringify({ spec: { nodeSelector: { no: "node" } } });
      await plane.kubectl(["run", "no-node", "--image=busybox", `--overrides=${overrides}`]);
    },
    seesReport: async (terminal, agent) => {
      const ended = agent.exited.then(async ({ code }) => {
        throw new Error(`the agent ended with ${code}:\n${await agent.log()}`);
      });
      const find = async () => (await terminal.log()).split("\n").find((line) => /\bPod\/no-node\b/.test(line));
      const seen = eventually("the terminal shows the report", find, PROMISED_MS);
      return await Promise.race([seen, ended]);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function inTime(who: string, commands: number, act: () => Promise<void>): Promise<void> {
  const startMs = performance.now();
  await act();
  const ms = performance.now() - startMs;
  process.stdout.write(`${who}: the first report after ${(ms / 1000).toFixed(1)} s and ${commands} commands\n`);
  assert.ok(ms < PROMISED_MS);
}

Deno.test({
  name: "first report: a person with a kubeconfig and the address of a NATS server",
  ignore: missing.length > 0,
  async fn() {
    await using person = await createPerson();
    await inTime("a kubeconfig and a NATS server", 4, async () => {
      // 1: the program. npx fetches Deno the first time; here it is there.
      await runToolOrFail(process.execPath, ["run", "-A", person.program, "version"]);
      const tail = await person.start("tail", ["tail", "--nats", person.nats]); // 2
      const access = ["--kubeconfig", person.plane.kubeconfig, "--nats", person.nats, "--health-port", "0"];
      const agent = await person.start("run", ["run", ...access]); // 3
      await person.makeFault(); // 4
      assert.match(await person.seesReport(tail, agent), /FailedScheduling/);
    });
  },
});

Deno.test({
  name: "first report: someone with Helm alone, and what the chart put into the cluster",
  ignore: helm === null,
  async fn() {
    await using person = await createPerson();
    const { plane, nats, program, dir } = person;
    await inTime("Helm", 3, async () => {
      const env = { ...process.env, HOME: dir.path, KUBECONFIG: plane.kubeconfig };
      const place = ["--namespace", NAMESPACE, "--create-namespace"];
      const values = ["--set", `centralEndpoint=${nats}`];
      await runToolOrFail(helm ?? "", ["upgrade", "--install", "agent", CHART_FOLDER, ...place, ...values], { env }); // 1
      const tail = await person.start("tail", ["tail", "--nats", nats]); // 2
      await plane.kubectl(["-n", NAMESPACE, "rollout", "status", "deployment/agent", "--timeout=60s"]); // 3
      // The node is simulated and starts nothing: this is what the pod would run.
      const healthPort = await freePort();
      await using pod = await startDeploymentByHand({
        plane,
        namespace: NAMESPACE,
        name: "agent",
        program,
        dir,
        healthPort,
      });
      await person.makeFault();
      assert.match(await person.seesReport(tail, pod), /FailedScheduling/);
      const ready = async () => {
        const text = await (await fetch(`http://127.0.0.1:${healthPort}/health/ready`)).text();
        if (!text.startsWith("ok")) throw new Error(text);
        return true;
      };
      await eventually("the pod is ready", ready, 30_000);
      assert.match(await (await fetch(`http://127.0.0.1:${healthPort}/`)).text(), /no-node/);
    });
  },
});
