import assert from "node:assert/strict";
import { createNonceMemory } from "../../src/commands/nonce_memory.ts";
import { openSharedNonceStore } from "../../src/commands/shared_nonce_store.ts";
import { compact } from "../../src/lifecycle/compact.ts";
import { encodeState } from "../../src/state/state_store.ts";
import { openTestClient } from "../support/kube_client.ts";
import { type SandboxApi, startSandboxApi } from "../../sandbox/api/sandbox_api.ts";

const SIGNAL = new AbortController().signal;
const NONCE = "n".repeat(22);
const LATER = Date.now() + 300_000;

/** A copy of the agent: what it knows begins with what the ConfigMap holds. */
async function openCopy(api: SandboxApi, limit?: number, now = () => Date.now()) {
  const client = await openTestClient(api);
  const place = { client, clusterId: "prod", namespace: "default", stateName: "agent-state" };
  const memory = createNonceMemory(place, SIGNAL);
  const store = await openSharedNonceStore({ memory, now, ...compact({ limit }) });
  return { store, [Symbol.dispose]: () => client.close() };
}

Deno.test("configmap nonces: a nonce outlives the process that took it, also on another node", async () => {
  await using api = await startSandboxApi();
  using first = await openCopy(api);
  assert.deepEqual(await first.store.remember(NONCE, LATER), { kind: "remembered" });
  assert.deepEqual(await first.store.remember(NONCE, LATER), { kind: "replayed" });
  await first.store.close();
  using second = await openCopy(api);
  assert.deepEqual(await second.store.remember(NONCE, LATER), { kind: "replayed" });
});

Deno.test("configmap nonces: of two copies that get one command, one refuses it", async () => {
  await using api = await startSandboxApi();
  using one = await openCopy(api);
  using two = await openCopy(api);
  const outcomes = await Promise.all([one.store.remember(NONCE, LATER), two.store.remember(NONCE, LATER)]);
  assert.deepEqual(outcomes.map(({ kind }) => kind).toSorted(), ["remembered", "replayed"]);
});

Deno.test("configmap nonces: a write that fails after a conflict forgets nothing that the other copy stored", async () => {
  await using api = await startSandboxApi();
  using one = await openCopy(api);
  assert.equal((await one.store.remember("s".repeat(22), LATER)).kind, "remembered");
  using two = await openCopy(api);
  assert.equal((await one.store.remember(NONCE, LATER)).kind, "remembered");
  api.faults.plan("patch", "configmaps", { kind: "status", status: 409 });
  api.faults.plan("patch", "configmaps", { kind: "status", status: 500 });
  assert.equal((await two.store.remember("x".repeat(22), LATER)).kind, "unavailable");
  assert.equal((await two.store.remember("y".repeat(22), LATER)).kind, "remembered");
  using third = await openCopy(api);
  assert.deepEqual(await third.store.remember(NONCE, LATER), { kind: "replayed" });
  assert.deepEqual(await two.store.remember(NONCE, LATER), { kind: "replayed" });
});

Deno.test("configmap nonces: beside a record that can't be read nothing runs until all that it may have held has expired", async () => {
  await using api = await startSandboxApi();
  for (const record of ["{half", JSON.stringify({ version: 1, cluster_id: "prod", value: "no nonces" })]) {
    api.store.put("configmaps", {
      metadata: { name: "agent-state-nonces", namespace: "default" },
      data: { "nonces.json": record },
    });
    let nowMs = Date.now();
    using copy = await openCopy(api, undefined, () => nowMs);
    const early = await copy.store.remember(NONCE, nowMs + 300_000);
    assert.deepEqual(early, {
      kind: "unavailable",
      detail: "the nonces used before can't be read; send it again in 300 s",
    });
    nowMs += 300_000;
    assert.deepEqual(await copy.store.remember(NONCE, nowMs + 300_000), { kind: "remembered" });
  }
});

Deno.test("configmap nonces: what has expired takes no room, and what finds none is refused", async () => {
  await using api = await startSandboxApi();
  using copy = await openCopy(api, 2);
  await copy.store.remember("a".repeat(22), Date.now() - 1);
  for (const each of ["b", "c"]) {
    assert.deepEqual(await copy.store.remember(each.repeat(22), LATER), { kind: "remembered" });
  }
  assert.equal((await copy.store.remember("d".repeat(22), LATER)).kind, "unavailable");
});

Deno.test("configmap nonces: where it can't be written the command is refused, with the reason", async () => {
  await using api = await startSandboxApi();
  using copy = await openCopy(api);
  api.forbid("create", "configmaps");
  const outcome = await copy.store.remember(NONCE, LATER);
  assert.ok(outcome.kind === "unavailable");
  assert.match(outcome.detail, /403/);
});

Deno.test("configmap nonces: they have a ConfigMap of their own, which no checkpoint can fill", async () => {
  await using api = await startSandboxApi();
  const full = { "checkpoint.json": "x".repeat(1_048_576) };
  api.store.put("configmaps", { metadata: { name: "agent-state", namespace: "default" }, data: full });
  using copy = await openCopy(api);
  assert.deepEqual(await copy.store.remember(NONCE, LATER), { kind: "remembered" });
  assert.deepEqual(api.store.get("configmaps", "default", "agent-state")?.data, full);
  assert.match(JSON.stringify(api.store.get("configmaps", "default", "agent-state-nonces")), new RegExp(NONCE));
});

Deno.test("configmap nonces: what an earlier version kept beside the checkpoint is known after the upgrade", async () => {
  await using api = await startSandboxApi();
  const value = { [NONCE]: LATER };
  api.store.put("configmaps", {
    metadata: { name: "agent-state", namespace: "default" },
    data: { "nonces.json": encodeState("prod", value), "checkpoint.json": encodeState("prod", {}) },
  });
  using copy = await openCopy(api);
  assert.deepEqual(await copy.store.remember(NONCE, LATER), { kind: "replayed" });
  assert.deepEqual(await copy.store.remember("x".repeat(22), LATER), { kind: "remembered" });
  using next = await openCopy(api); // from now on the new place has them all
  api.store.put("configmaps", { metadata: { name: "agent-state", namespace: "default" }, data: {} });
  assert.deepEqual(await next.store.remember(NONCE, LATER), { kind: "replayed" });
});
