import { runAgent } from "../../src/agent/run_agent.ts";
import type { SandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { parseConfig } from "./parse_config.ts";

/** The whole agent, in this process. */
export interface TestAgent extends AsyncDisposable {
  /** Of its health server. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Runs the agent with a configuration until it is stopped; resolves once its health server listens. */
export async function runTestAgent(
  api: Pick<SandboxApi, "env">,
  config: Readonly<Record<string, unknown>>,
): Promise<TestAgent> {
  const stop = new AbortController();
  const port = Promise.withResolvers<number>();
  const running = runAgent({
    config: await parseConfig(JSON.stringify({ health_port: 0, max_retries: -1, reconnect_delay: "1s", ...config })),
    kube: { kubeconfig: null, context: null, env: api.env },
    version: "0",
    commit: "0",
    runtime: "test",
    tracing: null,
    instance: "test",
    onListening: port.resolve,
  }, stop.signal);
  running.catch(port.reject);
  const url = `http://127.0.0.1:${await port.promise}`;
  const end = async () => {
    stop.abort();
    await running;
  };
  return { url, stop: end, [Symbol.asyncDispose]: end };
}
