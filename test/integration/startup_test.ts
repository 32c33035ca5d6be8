import assert from "node:assert/strict";
import { startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { runAgent } from "../../src/agent/run_agent.ts";
import { requestJson } from "../support/https_json.ts";
import { parseConfig } from "../support/parse_config.ts";

Deno.test("startup: not ready while the agent waits for its state, before any other part can say so", async () => {
  await using api = await startSandboxApi();
  await using nats = await startNatsServer();
  // The ConfigMap is read before the cluster is identified and NATS is connected.
  api.faults.plan("get", "configmaps", { kind: "hang" });
  const config = await parseConfig(JSON.stringify({
    central_endpoint: nats.url,
    cluster_id: "startup",
    health_port: 0,
    state: { kind: "configmap", configmap: { name: "agent-state", namespace: "default" } },
  }));
  const stop = new AbortController();
  const port = Promise.withResolvers<number>();
  const running = runAgent({
    config,
    kube: { kubeconfig: null, context: null, env: api.env },
    version: "0",
    commit: "0",
    runtime: "test",
    tracing: null,
    instance: "startup",
    onListening: port.resolve,
  }, stop.signal);
  try {
    const url = `http://127.0.0.1:${await port.promise}/health`;
    await eventually("it waits for its state", () => api.requests("get", "configmaps") > 0);
    const ready = await requestJson(`${url}/ready`);
    assert.deepEqual([ready.status, /\[-\] start: the agent is starting/.test(ready.text)], [503, true], ready.text);
    assert.equal((await requestJson(`${url}/live`)).status, 200);
  } finally {
    stop.abort();
    await running;
  }
});
