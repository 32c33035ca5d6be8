import { writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import * as z from "zod";
import { runtimePermissions } from "../../tasks/build_permissions.ts";
import { v8FlagsOf } from "../../tasks/v8_flags.ts";
import { type Child, startChild } from "../../sandbox/child_process.ts";
import { collectNats, type NatsCollector } from "./collect_nats.ts";
import type { ControlPlane } from "./control_plane.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { findTool } from "../../sandbox/find_tool.ts";
import { freePort } from "./free_port.ts";
import { requestJson } from "./https_json.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { runTool, type ToolResult } from "../../sandbox/run_tool.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";

const MAIN = new URL("../../cli/main.ts", import.meta.url).pathname;
const registrationSchema = z.object({ cluster_id: z.string() });

/** The agent as a shipped set runs it: its configuration, its account's token, the image's permissions, no more. */
export interface ShippedAgent extends AsyncDisposable {
  readonly clusterId: string;
  readonly reports: NatsCollector;
  readonly child: Child;
  /** `agent exec` for this agent. */
  exec(...command: string[]): Promise<ToolResult>;
  /** `agent validate-config --connect` where the agent runs. */
  validate(): Promise<ToolResult>;
  /** Lines of `/health/ready`. */
  ready(): Promise<string>;
}

export interface ShippedAgentOptions {
  readonly plane: ControlPlane;
  readonly namespace: string;
  /** The text of config.yaml in the shipped ConfigMap. */
  readonly config: string;
  /** What the Deployment's `env` sets, and what a person has to. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts it beside a NATS server of its own; resolves once it is ready. */
export async function startShippedAgent(options: ShippedAgentOptions): Promise<ShippedAgent> {
  const { plane, namespace, config, env = {} } = options;
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await createTempDir("shipped"));
  const nats = stack.use(await startNatsServer());
  const reports = stack.use(await collectNats(nats.url, ["agent.>"]));
  const [port, kubectl] = [await freePort(), await findTool("kubectl")];
  await writeFile(folder.file("config.yaml"), config);
  const podEnv = {
    ...await plane.enterPod(namespace, "agent"),
    CENTRAL_ENDPOINT: nats.url,
    HEALTH_PORT: `${port}`,
    METRICS_INTERVAL: "30s",
    PATH: `${dirname(kubectl)}:${process.env["PATH"]}`,
    ...env,
  };
  const child = stack.use(
    await startChild({
      command: process.execPath,
      args: [
        "run",
        `--v8-flags=${v8FlagsOf("image").join(",")}`,
        ...runtimePermissions("image"),
        MAIN,
        "run",
        "--config",
        folder.file("config.yaml"),
      ],
      env: podEnv,
      logFile: folder.file("agent.log"),
    }),
  );
  const ready = () => requestJson(`http://127.0.0.1:${port}/health/ready`);
  await eventually("the agent is ready", async () => {
    if (!child.running()) throw new Error(await child.log());
    const { status, text } = await ready();
    if (status !== 200) throw new Error(text);
    return true;
  }, 30_000);
  const registered = await reports.waitFor("its registration", ({ subject }) => subject.startsWith("agent.register."));
  const { cluster_id: clusterId } = registrationSchema.parse(registered.json);
  const owned = stack.move();
  return {
    clusterId,
    reports,
    child,
    exec: (...command) =>
      runTool(process.execPath, ["run", "-A", MAIN, "exec", clusterId, "--nats", nats.url, "--", ...command]),
    validate: () => {
      const args = ["run", "-A", MAIN, "validate-config", folder.file("config.yaml"), "--connect"];
      return runTool(process.execPath, args, { env: podEnv });
    },
    ready: async () => (await ready()).text,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
