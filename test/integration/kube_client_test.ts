import assert from "node:assert/strict";
import type { KubeError } from "../../src/kube/kube_error.ts";
import { openTestClient } from "../support/kube_client.ts";
import { startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { createTestCa } from "../../sandbox/certificates.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { writeServiceAccountDir } from "../support/kubeconfig.ts";

const signal = new AbortController().signal;

async function open() {
  const api = await startSandboxApi();
  const client = await openTestClient(api);
  return {
    api,
    client,
    async [Symbol.asyncDispose]() {
      client.close();
      await api[Symbol.asyncDispose]();
    },
  };
}

Deno.test("kube client: gets an object", async () => {
  await using rig = await open();
  const namespace = await rig.client.request({ path: "/api/v1/namespaces/kube-system", signal });
  assert.equal(JSON.stringify(namespace).includes('"kube-system"'), true);
});

Deno.test("kube client: lists in pages, each told with what it cost", async () => {
  await using rig = await open();
  for (let number = 0; number < 7; number++) {
    rig.api.store.put("pods", { metadata: { name: `p-${number}`, namespace: "default" } });
  }
  let traffic = 0;
  const sizes: number[] = [];
  const list = rig.client.listPages({
    path: "/api/v1/pods",
    pageLimit: 3,
    signal,
    onTraffic: ({ receivedBytes }) => traffic += receivedBytes,
  });
  for await (const page of list) sizes.push(page.items.length);
  assert.deepEqual(sizes, [3, 3, 1]);
  assert.ok(traffic > 300);
});

Deno.test("kube client: many lists at once, compressed and over connections that were used before, are whole", async () => {
  await using rig = await open();
  for (let number = 0; number < 100; number++) {
    rig.api.store.put("pods", { metadata: { name: `p-${number}`, namespace: "default" } });
  }
  const list = async () => {
    let pods = 0;
    const pages = rig.client.listPages({ path: "/api/v1/pods", pageLimit: 40, signal });
    for await (const page of pages) pods += page.items.length;
    return pods;
  };
  for (let round = 0; round < 3; round++) {
    assert.deepEqual(await Promise.all([list(), list(), list(), list()]), [100, 100, 100, 100]);
  }
});

Deno.test("kube client: an expired continue token goes on inconsistently when the server offers it", async () => {
  await using rig = await open();
  for (let number = 0; number < 4; number++) {
    rig.api.store.put("pods", { metadata: { name: `p-${number}`, namespace: "default" } });
  }
  rig.api.faults.plan("list", "pods", { kind: "expiredToken", inconsistent: true });
  const pages = [];
  for await (const page of rig.client.listPages({ path: "/api/v1/pods", pageLimit: 2, signal })) pages.push(page);
  assert.deepEqual(pages.map((page) => [page.items.length, page.inconsistent]), [[2, false], [2, true]]);
});

Deno.test("kube client: an expired continue token without an offer is a 410", async () => {
  await using rig = await open();
  for (let number = 0; number < 4; number++) {
    rig.api.store.put("pods", { metadata: { name: `p-${number}`, namespace: "default" } });
  }
  rig.api.faults.plan("list", "pods", { kind: "expiredToken", inconsistent: false });
  await assert.rejects(async () => {
    for await (const _ of rig.client.listPages({ path: "/api/v1/pods", pageLimit: 2, signal }));
  }, (error: KubeError) => error.status === 410);
});

Deno.test("kube client: 403 says what to grant", async () => {
  await using rig = await open();
  rig.api.faults.plan("list", "nodes", { kind: "status", status: 403, reason: "Forbidden" });
  await assert.rejects(async () => {
    for await (const _ of rig.client.listPages({ path: "/api/v1/nodes", signal }));
  }, { message: 'Cannot list nodes: 403 Forbidden; grant "list nodes" to the agent\'s role' });
});

Deno.test("kube client: 429 carries the time to wait", async () => {
  await using rig = await open();
  rig.api.faults.plan("get", "namespaces", { kind: "status", status: 429, retryAfterSeconds: 7 });
  await assert.rejects(
    rig.client.request({ path: "/api/v1/namespaces/default", signal }),
    (error: KubeError) => error.status === 429 && error.retryAfterMs === 7_000,
  );
});

Deno.test("kube client: a rotated token is read again after a 401, once", async () => {
  await using rig = await open();
  await rig.api.rotateToken("second", { file: true });
  await rig.client.request({ path: "/api/v1/namespaces/default", signal });
  await rig.api.rotateToken("third", { file: false });
  await assert.rejects(
    rig.client.request({ path: "/api/v1/namespaces/default", signal }),
    (error: KubeError) => error.status === 401,
  );
});

Deno.test("kube client: a server that never answers ends with the time limit, and says so", async () => {
  await using rig = await open();
  rig.api.faults.plan("get", "namespaces", { kind: "hang" });
  await assert.rejects(
    rig.client.request({ path: "/api/v1/namespaces/default", signal, timeoutMs: 200 }),
    /no (whole )?answer within 200 ms/,
  );
});

Deno.test("kube client: an abort ends a request with the signal's reason", async () => {
  await using rig = await open();
  rig.api.faults.plan("get", "namespaces", { kind: "hang" });
  const stop = new AbortController();
  const waiting = rig.client.request({ path: "/api/v1/namespaces/default", signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
});

Deno.test("kube client: an abort while the watch's head is on its way ends the watch", async () => {
  await using rig = await open();
  await rig.client.request({ path: "/version", signal }); // the connection is there, as after a list
  const loopTurn = () => new Promise((resolve) => setImmediate(resolve));
  for (let round = 0; round < 60; round++) {
    const stop = new AbortController();
    const read = async () => {
      const { lines } = await rig.client.watch({
        path: "/api/v1/events",
        resourceVersion: "100",
        timeoutSeconds: 300,
        onSkippedLine: () => {},
        signal: stop.signal,
      });
      // The sandbox's bookmarks go on for ever: a reader that the abort did not reach would count them here.
      let batches = 0;
      for await (const _ of lines) if (++batches > 1) return;
    };
    const ended = assert.rejects(read(), /enough/, `round ${round}`);
    // The rounds spread the abort over the few milliseconds that an answer takes.
    for (const until = performance.now() + round * 0.05; performance.now() < until;) await loopTurn();
    stop.abort(new Error("enough"));
    await ended;
    await rig.client.request({ path: "/version", signal });
  }
});

Deno.test("kube client: another authority's certificate is refused", async () => {
  await using rig = await open();
  await using dir = await createTempDir("other-authority");
  const account = { token: rig.api.token(), ca: createTestCa("another").cert };
  const serviceAccountDir = await writeServiceAccountDir(dir.path, account);
  const client = await openTestClient({ port: rig.api.port, serviceAccountDir });
  await assert.rejects(client.request({ path: "/version", signal }), (error: KubeError) => error.status === 0);
  client.close();
});

Deno.test("kube client: an answer that is no JSON says that a proxy may be in between", async () => {
  await using rig = await open();
  await assert.rejects(rig.client.request({ path: "/nowhere", signal }), (error: KubeError) => error.status === 404);
});
