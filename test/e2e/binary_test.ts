import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect } from "@nats-io/transport-node";
import { startChild } from "../../sandbox/child_process.ts";
import { missingControlPlaneTools, startControlPlane } from "../support/control_plane.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { freePort } from "../support/free_port.ts";
import { requestJson } from "../support/https_json.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { runTool } from "../../sandbox/run_tool.ts";
import { createSealedRoot, whyNoSealedRoot } from "../support/sealed_root.ts";
import { AGENT_NAMESPACE, MANIFESTS_FOLDER, readShippedConfig } from "../support/shipped_manifests.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";

const BINARY = process.env.AGENT_BINARY ?? new URL("../../dist/agent", import.meta.url).pathname;
/** What the manifests request for the container. */
const MEMORY_LIMIT_KIB = 128 * 1024;
const BURST = 2_000;
/** Where the kubelet mounts a pod's credentials. */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const CONFIG = "/etc/agent/config.yaml";

/** Libraries without which neither executable starts, and those that come with the C++ code of Node.js. */
const LIBRARIES = [
  /^\/lib(64)?\/(\S+\/)?ld-linux-\S+\.so\.\d$/,
  /\/lib(c|m|dl|pthread)\.so\.\d$/,
  /\/lib(gcc_s|stdc\+\+|atomic)\.so\.\d$/,
];

async function whyIgnored(): Promise<string | null> {
  if (!existsSync(BINARY)) return `there is no ${BINARY}; run "deno task build" first`;
  const missing = await missingControlPlaneTools();
  return missing.length > 0 ? `not found: ${missing.join(", ")}` : await whyNoSealedRoot();
}
const reason = await whyIgnored();
if (reason !== null) process.stderr.write(`SKIPPED: the executable alone on a real API server; ${reason}\n`);

function crashEvent(number: number) {
  const at = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `crash.${number}`, namespace: "default" },
    involvedObject: { apiVersion: "v1", kind: "Pod", namespace: "default", name: `web-${number}`, uid: `u-${number}` },
    type: "Warning",
    reason: "BackOff",
    message: `Back-off restarting failed container m-${number}`,
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
    source: { component: "kubelet", host: "node-1" },
  };
}

Deno.test({
  name: "binary: alone in a read-only root, as 65534, on a real API server with a pod's credentials",
  ignore: reason !== null,
  async fn(t) {
    await using dir = await createTempDir("binary");
    await using plane = await startControlPlane();
    await using nats = await startNatsServer();
    await plane.kubectl(["apply", "-k", MANIFESTS_FOLDER]);
    const pod = await plane.enterPod(AGENT_NAMESPACE, "agent");
    const root = await createSealedRoot(dir.file("root"), BINARY);
    const port = await freePort();
    const env = {
      KUBERNETES_SERVICE_HOST: pod.KUBERNETES_SERVICE_HOST ?? "",
      KUBERNETES_SERVICE_PORT: pod.KUBERNETES_SERVICE_PORT ?? "",
      CENTRAL_ENDPOINT: nats.url,
      HEALTH_PORT: `${port}`,
    };
    const agent = (...args: string[]) => {
      const { command, args: all } = root.enter(args, env);
      return runTool(command, all);
    };

    await t.step("what is in the root: the executable and the C library's and C++'s shared libraries", async () => {
      const files = await root.files();
      assert.deepEqual(files.filter((path) => path !== "/agent" && !LIBRARIES.some((known) => known.test(path))), []);
      process.stderr.write(`binary: the root holds ${files.join(" ")}\n`);
    });

    await t.step("agent --version", async () => {
      const run = await agent("--version");
      assert.deepEqual([run.code, run.stderr], [0, ""]);
      assert.match(run.stdout, /^agent \d+\.\d+\.\d+ /);
    });

    await t.step("agent validate-config, of the default place", async () => {
      await root.add(CONFIG, (await readShippedConfig()).text);
      const run = await agent("validate-config");
      assert.deepEqual([run.code, run.stderr], [0, ""]);
      assert.match(run.stdout, /the configuration is valid/);
    });

    for (const name of ["token", "ca.crt", "namespace"]) {
      await root.add(`${SERVICE_ACCOUNT}/${name}`, await readFile(`${pod.AGENT_SERVICE_ACCOUNT_DIR}/${name}`, "utf8"));
    }

    await t.step("agent validate-config --connect: the API server and NATS", async () => {
      const run = await agent("validate-config", "--connect");
      assert.equal(run.code, 0, run.stdout + run.stderr);
    });

    await t.step("agent run: ready, reports, within the memory that the manifests request", async () => {
      await using reports = await connect({ servers: nats.url });
      const heard = new Set<string>();
      reports.subscribe("agent.event.*", {
        callback: (_, message) => {
          for (const [marker] of message.string().matchAll(/\bm-\d+\b/g)) heard.add(marker);
        },
      });
      const startedAt = performance.now();
      const { command, args } = root.enter(["run"], env);
      await using running = await startChild({ command, args, logFile: dir.file("agent.log") });
      await eventually("the agent is ready", async () => {
        if (!running.running()) throw new Error(await running.log());
        return (await requestJson(`http://127.0.0.1:${port}/health/ready`)).status === 200;
      }, 30_000);
      const readyMs = performance.now() - startedAt;
      const idleKib = await readStatus(running.pid, "VmRSS");
      assert.deepEqual(await readIds(running.pid), { uid: 65534, gid: 65534, capabilities: 0 });

      for (let from = 0; from < BURST; from += 50) {
        const events = Array.from({ length: 50 }, (_, index) => crashEvent(from + index));
        const create = (event: unknown) => plane.request("POST", "/api/v1/namespaces/default/events", event);
        const answers = await Promise.all(events.map(create));
        assert.deepEqual(answers.filter(({ status }) => status !== 201), []);
      }
      await eventually("every report", () => heard.size === BURST, 60_000);
      const peakKib = await readStatus(running.pid, "VmHWM");
      const mib = (kib: number) => `${(kib / 1024).toFixed(1)} MiB`;
      process.stderr.write(
        `binary: ready after ${readyMs.toFixed(0)} ms with ${mib(idleKib)}; ${
          mib(peakKib)
        } at the peak of ${BURST} events\n`,
      );
      assert.ok(peakKib < MEMORY_LIMIT_KIB, `${mib(peakKib)} at the peak`);
      assert.doesNotMatch(await running.log(), /"level":"(?:error|fatal)"|EROFS|EACCES/);
      const ended = await running.stop();
      assert.deepEqual(ended, { code: 0, signal: null }, await running.log());
    });
  },
});

/** A figure of a process in KiB, as the kernel accounts it. */
async function readStatus(pid: number, key: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]);
}

/** Who a process is, and what it may do beyond that. */
async function readIds(pid: number): Promise<{ uid: number; gid: number; capabilities: number }> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const read = (key: string, base: number) =>
    parseInt(new RegExp(`^${key}:\\s+(\\S+)`, "m").exec(status)?.[1] ?? "", base);
  return { uid: read("Uid", 10), gid: read("Gid", 10), capabilities: read("CapEff", 16) };
}
