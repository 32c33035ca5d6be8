import assert from "node:assert/strict";
import { createConfigMapCheckpointStore } from "../../src/events/checkpoint/configmap_checkpoint_store.ts";
import { openTestClient } from "../support/kube_client.ts";
import { type SandboxApi, startSandboxApi } from "../support/sandbox_api/sandbox_api.ts";

const SIGNAL = new AbortController().signal;
const VALUE = { versions: { "/api/v1/events": "4711" } };
const PATH = "/api/v1/namespaces/default/configmaps/agent-state";

async function openStore(api: SandboxApi, clusterId = "prod") {
  const client = await openTestClient(api);
  const store = createConfigMapCheckpointStore({
    key: "checkpoint.json",
    client,
    clusterId,
    namespace: "default",
    name: "agent-state",
  });
  return { client, store, [Symbol.dispose]: () => client.close() };
}

Deno.test("configmap checkpoint: it is made, replaced and read back, and other keys stay", async () => {
  await using api = await startSandboxApi();
  using opened = await openStore(api);
  const { client, store } = opened;
  assert.deepEqual(await store.read(SIGNAL), { kind: "none" });
  await store.write({ first: true }, SIGNAL);
  await client.request({
    method: "PATCH",
    path: PATH,
    contentType: "application/merge-patch+json",
    body: { data: { note: "a person's" } },
    signal: SIGNAL,
  });
  await store.write(VALUE, SIGNAL);
  assert.deepEqual(await store.read(SIGNAL), { kind: "found", value: VALUE });
  assert.match(JSON.stringify(await client.request({ path: PATH, signal: SIGNAL })), /"note":"a person's"/);
});

Deno.test("configmap checkpoint: another cluster's is told and not used", async () => {
  await using api = await startSandboxApi();
  using dev = await openStore(api, "dev");
  await dev.store.write(VALUE, SIGNAL);
  using prod = await openStore(api);
  const reading = await prod.store.read(SIGNAL);
  assert.ok(reading.kind === "damaged");
  assert.match(reading.detail, /belongs to the cluster "dev"/);
});

for (const verb of ["patch", "create"]) {
  Deno.test(`configmap checkpoint: without the right to ${verb}, the error names what to grant`, async () => {
    await using api = await startSandboxApi();
    api.forbid(verb, "configmaps");
    using opened = await openStore(api);
    await assert.rejects(opened.store.write(VALUE, SIGNAL), new RegExp(`403.*grant "${verb} configmaps"`));
  });
}
