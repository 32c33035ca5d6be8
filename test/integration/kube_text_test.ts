import assert from "node:assert/strict";
import { startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import type { KubeError } from "../../src/kube/kube_error.ts";
import { openTestClient } from "../support/kube_client.ts";

const signal = new AbortController().signal;
const PATH = "/api/v1/namespaces/shop/pods/web-1/log";
const PLACE = { namespace: "shop", pod: "web-1", container: "app" } as const;

async function open() {
  const api = await startSandboxApi();
  const client = await openTestClient(api);
  api.store.put("pods", {
    metadata: { name: "web-1", namespace: "shop" },
    spec: { containers: [{ name: "app" }, { name: "sidecar" }] },
  });
  return {
    api,
    client,
    log: (query: Readonly<Record<string, string | number | boolean>> = {}, limitBytes = 65_536) =>
      client.text({ path: PATH, query: { container: "app", ...query }, limitBytes, signal }),
    async [Symbol.asyncDispose]() {
      client.close();
      await api[Symbol.asyncDispose]();
    },
  };
}

Deno.test("kube text: a log comes as it was written", async () => {
  await using rig = await open();
  rig.api.logs.put(PLACE, "now\n");
  rig.api.logs.put({ ...PLACE, previous: true }, "one\ntwo \u00e9\nthree\n");
  assert.deepEqual(await rig.log(), { text: "now\n", cut: false });
  assert.deepEqual(await rig.log({ previous: true, tailLines: 2 }), { text: "two \u00e9\nthree\n", cut: false });
});

Deno.test("kube text: what is above the limit is not read, and a sign that it cuts is left out", async () => {
  await using rig = await open();
  rig.api.logs.put(PLACE, "\u00e9".repeat(1_000_000)); // two bytes each, and sent compressed
  let received = 0;
  const answer = await rig.client.text({
    path: PATH,
    query: { container: "app" },
    limitBytes: 1_001,
    signal,
    onTraffic: ({ receivedBytes }) => received = receivedBytes,
  });
  assert.deepEqual(answer, { text: "\u00e9".repeat(500), cut: true });
  assert.ok(received > 0 && received < 100_000, `${received} bytes`);
  rig.api.logs.put(PLACE, "x".repeat(1_001));
  assert.deepEqual(await rig.log({}, 1_001), { text: "x".repeat(1_001), cut: false }, "just as long as the limit");
});

Deno.test("kube text: 403 says what to grant", async () => {
  await using rig = await open();
  rig.api.forbid("get", "pods/log");
  await assert.rejects(
    rig.log(),
    { message: 'Cannot get pods/log: 403 Forbidden; grant "get pods/log" to the agent\'s role', status: 403 },
  );
});

Deno.test("kube text: a refusal is a Status, whose words are its cause", async () => {
  await using rig = await open();
  rig.api.logs.put(PLACE, "now\n");
  await assert.rejects(
    rig.log({ previous: true }),
    (error: KubeError) =>
      error.status === 400 && error.cause === 'previous terminated container "app" in pod "web-1" not found',
  );
});

Deno.test("kube text: a body that refuses with 200 is text like any other", async () => {
  await using rig = await open();
  const words = "unable to retrieve container logs for containerd://0f3c";
  rig.api.logs.put(PLACE, words);
  assert.deepEqual(await rig.log(), { text: words, cut: false });
});
