import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { type EventCheckpoint, mergeCheckpoints } from "../../src/events/event_checkpoint.ts";
import { type ConfigMapStoreOptions, createConfigMapStore } from "../../src/state/configmap_store.ts";
import { placeOf } from "../../src/state/configmap_place.ts";
import { encodeState } from "../../src/state/state_store.ts";
import type { KubeClient } from "../../src/kube/kube_client.ts";
import { openTestClient } from "../support/kube_client.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { type SandboxApi, startSandboxApi } from "../../sandbox/api/sandbox_api.ts";

const SIGNAL = new AbortController().signal;
const VALUE = { versions: { "/api/v1/events": "4711" } };
const PATH = "/api/v1/namespaces/default/configmaps/agent-state";

async function openStore(api: SandboxApi, clusterId = "prod", options: Partial<ConfigMapStoreOptions> = {}) {
  const client = await openTestClient(api);
  const store = createConfigMapStore({
    key: "checkpoint.json",
    client,
    clusterId,
    namespace: "default",
    name: "agent-state",
    ...options,
  });
  return { client, store, [Symbol.dispose]: () => client.close() };
}

Deno.test("configmap store: it is made, replaced and read back, and other keys stay", async () => {
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

Deno.test("configmap store: another cluster's is told and not used", async () => {
  await using api = await startSandboxApi();
  using dev = await openStore(api, "dev");
  await dev.store.write(VALUE, SIGNAL);
  using prod = await openStore(api);
  const reading = await prod.store.read(SIGNAL);
  assert.ok(reading.kind === "damaged");
  assert.match(reading.detail, /belongs to the cluster "dev"/);
});

for (const verb of ["patch", "create"]) {
  Deno.test(`configmap store: without the right to ${verb}, the error names what to grant`, async () => {
    await using api = await startSandboxApi();
    if (verb === "patch") api.store.put("configmaps", { metadata: { name: "agent-state", namespace: "default" } });
    api.forbid(verb, "configmaps");
    using opened = await openStore(api);
    await assert.rejects(opened.store.write(VALUE, SIGNAL), new RegExp(`403.*grant "${verb} configmaps"`));
  });
}

const at = (version: string): EventCheckpoint => ({
  savedAtMs: Number(version),
  versions: { "/api/v1/events": version },
  reported: [],
});

Deno.test("configmap store: of two copies of the agent none undoes what the other has come to", async () => {
  await using api = await startSandboxApi();
  using one = await openStore(api, "prod", { merge: mergeCheckpoints });
  using two = await openStore(api, "prod", { merge: mergeCheckpoints });
  for (const { store } of [one, two]) assert.deepEqual(await store.read(SIGNAL), { kind: "none" });
  await one.store.write(at("20"), SIGNAL);
  await two.store.write(at("9"), SIGNAL); // it was not there when this copy looked, and its place is behind
  assert.deepEqual(await one.store.read(SIGNAL), { kind: "found", value: { ...at("20"), savedAtMs: 9 } });
  await two.store.write(at("30"), SIGNAL);
  await one.store.write(at("25"), SIGNAL);
  assert.deepEqual(await two.store.read(SIGNAL), { kind: "found", value: { ...at("30"), savedAtMs: 25 } });
});

Deno.test("configmap store: a single copy's place may go back, as after a restore, whoever else edits the ConfigMap", async () => {
  await using api = await startSandboxApi();
  using opened = await openStore(api, "prod", { merge: mergeCheckpoints });
  const { client, store } = opened;
  await store.write(at("500"), SIGNAL);
  const patch = { method: "PATCH", path: PATH, contentType: "application/merge-patch+json", signal: SIGNAL } as const;
  await client.request({ ...patch, body: { data: { note: "a person's" } } });
  await store.write(at("7"), SIGNAL);
  assert.deepEqual(await store.read(SIGNAL), { kind: "found", value: at("7") });
});

Deno.test("configmap store: one that somebody deletes is made again", async () => {
  await using api = await startSandboxApi();
  using opened = await openStore(api);
  await opened.store.write({ first: true }, SIGNAL);
  await opened.client.request({ method: "DELETE", path: PATH, signal: SIGNAL });
  await opened.store.write(VALUE, SIGNAL);
  assert.deepEqual(await opened.store.read(SIGNAL), { kind: "found", value: VALUE });
});

Deno.test("configmap store: writers that are always faster end in words, not in a loop", async () => {
  await using api = await startSandboxApi();
  using opened = await openStore(api);
  await opened.store.write({ first: true }, SIGNAL);
  api.faults.plan("patch", "configmaps", { kind: "status", status: 409, reason: "Conflict" }, 5);
  await assert.rejects(opened.store.write(VALUE, SIGNAL), /other writers were faster 5 times/);
});

Deno.test("configmap store: a value that Kubernetes would not take is refused in words, before it is sent", async () => {
  await using api = await startSandboxApi();
  api.store.put("configmaps", {
    metadata: { name: "agent-state", namespace: "default" },
    data: { note: "x".repeat(1_000) },
    binaryData: { logo: "AAAA" },
  });
  using opened = await openStore(api);
  const room = 1_048_576 - 1_003 - Buffer.byteLength(encodeState("prod", ""));
  await opened.store.write("x".repeat(room), SIGNAL);
  await assert.rejects(
    opened.store.write("x".repeat(room + 1), SIGNAL),
    /^AgentError: Cannot write checkpoint\.json to the ConfigMap agent-state: it would hold 1048577 bytes \(1003 of them in other keys\), and Kubernetes allows 1048576; /,
  );
  assert.equal(api.requests("patch", "configmaps"), 1);
  assert.equal((await opened.store.read(SIGNAL)).kind, "found");
});

/** Stores of three values in one ConfigMap; one of them may be forbidden to write. */
function openStores({ client }: { readonly client: KubeClient }, mayWrite: (key: string) => boolean = () => true) {
  const place = { client, clusterId: "prod", namespace: "default", name: "agent-state" };
  return ["checkpoint.json", "incidents.json", "objects.json"].map((key) =>
    createConfigMapStore({ ...place, key, mayWrite: () => mayWrite(key) })
  );
}

Deno.test("configmap store: values of one ConfigMap that are saved at the same moment are one request, and so is their reading", async () => {
  await using api = await startSandboxApi();
  using opened = await openStore(api);
  const stores = openStores(opened);
  await stores[0]?.write({ round: 0 }, SIGNAL);
  const reads = api.requests("get", "configmaps");
  for (const round of [1, 2]) await Promise.all(stores.map((store) => store.write({ round }, SIGNAL)));
  assert.deepEqual([api.requests("patch", "configmaps"), api.requests("get", "configmaps") - reads], [2, 0]);
  const found = await Promise.all(stores.map((store) => store.read(SIGNAL)));
  assert.deepEqual(found, stores.map(() => ({ kind: "found", value: { round: 2 } })));
  assert.equal(api.requests("get", "configmaps") - reads, 1);
});

Deno.test("configmap store: a value that may not be written any more keeps no other from it", async () => {
  await using api = await startSandboxApi();
  using opened = await openStore(api);
  const [first, second, third] = openStores(opened, (key) => key !== "incidents.json");
  const ended = AbortSignal.abort(new Error("ended"));
  const results = await Promise.allSettled([
    first?.write("a", SIGNAL),
    second?.write("b", SIGNAL),
    third?.write("c", ended),
    third?.write("d", SIGNAL),
  ]);
  assert.deepEqual(results.map(({ status }) => status), ["fulfilled", "rejected", "rejected", "fulfilled"]);
  assert.deepEqual(await first?.read(SIGNAL), { kind: "found", value: "a" });
  assert.deepEqual(await second?.read(SIGNAL), { kind: "none" });
  assert.deepEqual(await third?.read(SIGNAL), { kind: "found", value: "d" });
});

Deno.test("configmap store: what was read ahead is what the next read gets, and only that one", async () => {
  await using api = await startSandboxApi();
  using opened = await openStore(api);
  const { client, store } = opened;
  await store.write("first", SIGNAL);
  const reads = api.requests("get", "configmaps");
  placeOf(client, "default", "agent-state").readAhead(SIGNAL);
  await eventually("it is asked for", () => api.requests("get", "configmaps") === reads + 1);
  assert.deepEqual(await store.read(SIGNAL), { kind: "found", value: "first" });
  assert.equal(api.requests("get", "configmaps"), reads + 1);
  assert.deepEqual(await store.read(SIGNAL), { kind: "found", value: "first" });
  assert.equal(api.requests("get", "configmaps"), reads + 2);
});

Deno.test("configmap store: where reading ahead failed, the next read asks again", async () => {
  await using api = await startSandboxApi();
  using opened = await openStore(api);
  const { client, store } = opened;
  await store.write("first", SIGNAL);
  api.faults.plan("get", "configmaps", { kind: "status", status: 500 });
  placeOf(client, "default", "agent-state").readAhead(SIGNAL);
  assert.deepEqual(await store.read(SIGNAL), { kind: "found", value: "first" });
});
