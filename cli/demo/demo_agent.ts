import { randomUUID } from "node:crypto";
import { runAgent } from "../../src/agent/run_agent.ts";
import { loadConfigContent } from "../../src/config/load_config.ts";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";
import type { SandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { readBuildInfo } from "../build_info.ts";

/** An agent that runs in this process. */
interface DemoAgent {
  /** Resolves once it watches. */
  readonly ready: Promise<void>;
  readonly done: Promise<void>;
}

/** What the agent watches for the story. */
const WATCHED = ["events", "pods", "nodes"];

/**
 * As it is shipped, but for times: what holds for minutes in a cluster before it is told, or before it counts as over,
 * holds for a second here.
 */
const config = (natsUrl: string) => ({
  central_endpoint: natsUrl,
  cluster_id: "demo",
  health_port: 0,
  enable_metrics: false,
  enable_commands: false,
  events: { repeat_window: "2s" },
  objects: {
    rules: [
      { id: "image.container.waiting", for: "1s", hold: "1s" },
      { id: "oom.container.killed", hold: "2s" },
      { id: "node.ready.false", for: "1s", hold: "1s" },
      { id: "lifecycle.pod.terminating", for: "1s" },
    ],
  },
  evidence: { logs: "on", delay: "0.5s", requests_per_minute: 6_000 },
});

/** Starts the agent on the demo's servers; it ends with the signal. */
export function startDemoAgent(natsUrl: string, api: SandboxApi, signal: AbortSignal): DemoAgent {
  const ready = Promise.withResolvers<void>();
  const done = (async () => {
    const text = JSON.stringify(config(natsUrl)); // which is YAML too
    const loaded = await loadConfigContent("demo", { kind: "ok", text }, { env: {} });
    if (loaded.kind === "invalid") throw new AgentError("bad_configuration", "The demo's own configuration is wrong");
    const kube = { kubeconfig: null, context: null, env: api.env };
    await runAgent({ ...readBuildInfo(), instance: randomUUID(), config: loaded.config, tracing: null, kube }, signal);
  })();
  done.then(() => ready.reject(new Error("the agent ended")), ready.reject);
  (async () => {
    while (WATCHED.some((resource) => api.requests("watch", resource) === 0)) await systemClock.sleep(20, signal);
    ready.resolve();
  })().catch(ready.reject);
  return { ready: ready.promise, done };
}
