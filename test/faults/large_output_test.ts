import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import process from "node:process";
import { connect } from "@nats-io/transport-node";
import { startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { startChild } from "../../sandbox/child_process.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { runTool } from "../../sandbox/run_tool.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { commandResultSchema } from "../../src/wire/command_result.ts";
import { freePort } from "../support/free_port.ts";
import { requestJson } from "../support/https_json.ts";
import { writeProgram } from "../../sandbox/write_program.ts";

const DIST = new URL("../../dist/", import.meta.url).pathname;
/** The bundle is what executables are made of, for either runtime. */
const RUNTIMES = [
  { name: "Deno", command: process.execPath, args: ["run", "-A", `${DIST}agent.mjs`] },
  { name: "Node.js", command: "node", args: [`${DIST}agent.cjs`] },
] as const;
const LINES = 4_000;
/** Some 250 kB: four times what is redacted without a thread. */
const TOOL = `#!/bin/sh
i=0
while [ $i -lt ${LINES} ]; do echo "2026-01-02T03:04:05Z INFO request $i done password=hunter2 in 3ms"; i=$((i + 1)); done
`;

/** Below, Node.js lacks what the agent is written in. */
const OLDEST_NODE = 22;

async function whyIgnored(command: string): Promise<string | null> {
  const version = await runTool(command, ["--version"]).then(({ stdout }) => stdout, () => "");
  const major = Number(/^v(\d+)/.exec(version)?.[1] ?? Infinity);
  if (version === "") return `there is no ${command}`;
  return major < OLDEST_NODE ? `it is version ${major}, below ${OLDEST_NODE}` : null;
}

for (const { name, command, args } of RUNTIMES) {
  const reason = await whyIgnored(command);
  if (reason !== null) process.stderr.write(`SKIPPED: the bundle on ${name}; ${reason}\n`);
  Deno.test({
    name: `bundle on ${name}: an output above 64 kB is redacted in a thread of its own`,
    ignore: reason !== null,
    async fn() {
      await using dir = await createTempDir("large-output");
      await using api = await startSandboxApi();
      await using server = await startNatsServer();
      const [port, tool] = [await freePort(), dir.file("logs")];
      await writeProgram(tool, TOOL);
      const config = {
        central_endpoint: server.url,
        cluster_id: "large",
        health_port: port,
        enable_metrics: false,
        commands: { tools: [{ name: "logs", path: tool, verbs: [{ name: "all" }], output_limit: 500_000 }] },
      };
      await writeFile(dir.file("config.yaml"), JSON.stringify(config));
      await using child = await startChild({
        command,
        args: [...args, "run", "--config", dir.file("config.yaml")],
        env: { ...api.env, HOME: dir.path, PATH: process.env["PATH"] ?? "" },
        logFile: dir.file("agent.log"),
      });
      await eventually("the agent is ready", async () => {
        if (!child.running()) throw new Error(`the agent ended: ${(await child.log()).slice(-2_000)}`);
        return (await requestJson(`http://127.0.0.1:${port}/health/ready`)).status === 200;
      }, 30_000);
      const nats = await connect({ servers: server.url });
      try {
        const request = { id: "large-1", type: "diagnostic", tool: "logs", action: "all", args: [] };
        const reply = await nats.request("agent.command.large", JSON.stringify(request), { timeout: 30_000 });
        const { status, output } = commandResultSchema.parse(reply.json());
        assert.equal(status, "success", `${status}: ${output.slice(0, 300)}`);
        assert.ok(output.length > 64 * 1024);
        assert.ok(!output.includes("hunter2"));
        assert.equal(output.split("[REDACTED:assignment]").length - 1, LINES);
      } finally {
        await nats.close();
      }
    },
  });
}
