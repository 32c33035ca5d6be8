import assert from "node:assert/strict";
import { identifyCluster, type IdentifyOptions } from "../../src/cluster/identify_cluster.ts";
import type { IdentityMemory } from "../../src/cluster/identity_memory.ts";
import { identifyUntilSure, type SureOptions } from "../../src/cluster/identify_until_sure.ts";
import { type Clock, systemClock } from "../../src/lifecycle/clock.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";
import { createTelemetry } from "../../src/telemetry/telemetry.ts";
import { openTestClient } from "../support/kube_client.ts";
import { type SandboxApi, startSandboxApi } from "../../sandbox/api/sandbox_api.ts";

const signal = new AbortController().signal;

async function open() {
  const api = await startSandboxApi();
  const kube = await openTestClient(api);
  const options: IdentifyOptions = {
    kube,
    override: null,
    style: "uid",
    remembered: null,
    givenName: "",
    readToken: null,
    readCloudMetadata: null,
    deadlineMs: 2_000,
  };
  return {
    api,
    options,
    uid: uidOf(api),
    async [Symbol.asyncDispose]() {
      kube.close();
      await api[Symbol.asyncDispose]();
    },
  };
}

function uidOf(api: SandboxApi): string {
  const uid = api.store.get("namespaces", "", "kube-system")?.metadata.uid;
  assert.ok(typeof uid === "string" && uid !== "");
  return uid;
}

/** A clock whose waits are over at once, and noted. */
function createHurriedClock(): Clock & { readonly waits: number[] } {
  const waits: number[] = [];
  return {
    ...systemClock,
    waits,
    sleep: (delayMs) => {
      waits.push(delayMs);
      return Promise.resolve();
    },
  };
}

function createMemory(kept: string | null): IdentityMemory & { kept: string | null } {
  const memory = {
    kept,
    read: () => Promise.resolve(memory.kept),
    write: (id: string) => {
      memory.kept = id;
      return Promise.resolve();
    },
  };
  return memory;
}

Deno.test("identify: the id takes one request, and the description is asked for only when wanted", async () => {
  await using rig = await open();
  const outcome = await identifyCluster(rig.options, signal);
  assert.equal(outcome.kind === "identified" && outcome.id, `k8s-${rig.uid}`);
  assert.deepEqual([rig.api.requests("get", "namespaces"), rig.api.requests("list", "nodes")], [1, 0]);
  assert.ok(outcome.kind === "identified");
  await Promise.all([outcome.describe(), outcome.describe()]);
  assert.equal(rig.api.requests("list", "nodes"), 1);
});

Deno.test("identify: with an id that is set nothing is asked, and the UID is still told apart", async () => {
  await using rig = await open();
  const override = { value: "prod", source: "environment" } as const;
  const outcome = await identifyCluster({ ...rig.options, override }, signal);
  assert.equal(outcome.kind === "identified" && outcome.id, "prod");
  assert.equal(rig.api.requests("get", "namespaces"), 0);
  assert.ok(outcome.kind === "identified");
  assert.equal((await outcome.describe()).clusterUid, rig.uid);
});

Deno.test("identify: a node list that hangs delays the description only, by its deadline", async () => {
  await using rig = await open();
  rig.api.faults.plan("list", "nodes", { kind: "hang" });
  const outcome = await identifyCluster({ ...rig.options, deadlineMs: 200 }, signal);
  assert.ok(outcome.kind === "identified");
  const { complete, identity } = await outcome.describe();
  assert.deepEqual([complete, identity.id], [false, `k8s-${rig.uid}`]);
});

Deno.test("identify: of 300 nodes one page of 100 is read, and the evidence says so", async () => {
  await using rig = await open();
  for (let number = 0; number < 300; number++) {
    rig.api.store.put("nodes", {
      metadata: { name: `n-${number}` },
      spec: { providerID: "kind://docker/big/n" },
    });
  }
  const outcome = await identifyCluster(rig.options, signal);
  assert.ok(outcome.kind === "identified");
  const { identity } = await outcome.describe();
  assert.deepEqual([identity.provider, identity.name], ["kind", "big"]);
  const sample = identity.evidence.find(({ method }) => method === "provider/nodes");
  assert.match(sample?.detail ?? "", /the first 100 of 300 nodes/);
  assert.equal(rig.api.requests("list", "nodes"), 1);
});

for (const status of [401, 408, 429, 500, 503, 504]) {
  Deno.test(`identify: ${status} is asked again until it is answered, and no other id is made`, async () => {
    await using rig = await open();
    rig.api.faults.plan("get", "namespaces", { kind: "status", status }, status === 401 ? 6 : 3);
    const clock = createHurriedClock();
    const telemetry = createTelemetry();
    const { cluster, change } = await identifyUntilSure({ ...rig.options, clock, telemetry, memory: null }, signal);
    assert.equal(cluster.id, `k8s-${rig.uid}`);
    assert.equal(change, null);
    assert.ok(clock.waits.length >= 3, String(clock.waits));
    assert.ok(clock.waits.every((waitMs, index) => waitMs >= 640 * 2 ** index), String(clock.waits));
  });
}

Deno.test("identify: not allowed ends with what to grant, after one try", async () => {
  await using rig = await open();
  rig.api.forbid("get", "namespaces");
  const clock = createHurriedClock();
  await assert.rejects(
    identifyUntilSure({ ...rig.options, clock, telemetry: createTelemetry(), memory: null }, signal),
    (error) => error instanceof AgentError && error.kind === "not_permitted" && /set CLUSTER_ID/.test(error.message),
  );
  assert.deepEqual(clock.waits, []);
});

Deno.test("identify: stops waiting when told to", async () => {
  await using rig = await open();
  rig.api.faults.plan("get", "namespaces", { kind: "status", status: 503 }, 100);
  const stop = new AbortController();
  const options: SureOptions = {
    ...rig.options,
    clock: systemClock,
    telemetry: createTelemetry(),
    memory: null,
    onRetry: () => stop.abort(new Error("stop")),
  };
  await assert.rejects(identifyUntilSure(options, stop.signal), /stop/);
});

Deno.test("identify: the id is kept, and a change is counted and returned", async () => {
  await using rig = await open();
  const telemetry = createTelemetry();
  const memory = createMemory(null);
  const options: SureOptions = { ...rig.options, clock: systemClock, telemetry, memory };
  assert.equal((await identifyUntilSure(options, signal)).change, null);
  assert.equal(memory.kept, `k8s-${rig.uid}`);
  memory.kept = "k8s-of-another-cluster";
  const { change } = await identifyUntilSure(options, signal);
  const current = `k8s-${rig.uid}`;
  assert.deepEqual(change, { previous: "k8s-of-another-cluster", current, source: "kube-system-uid" });
  assert.equal(memory.kept, current);
  assert.match((await telemetry.expose()).body, /^agent_cluster_identity_changes_total 1$/m);
});

Deno.test("identify: a memory that fails stops nothing", async () => {
  await using rig = await open();
  const broken = () => Promise.reject(new Error("disk full"));
  const memory = { read: broken, write: broken };
  const { cluster } = await identifyUntilSure({
    ...rig.options,
    clock: systemClock,
    telemetry: createTelemetry(),
    memory,
  }, signal);
  assert.equal(cluster.id, `k8s-${rig.uid}`);
});
