import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { Agent } from "node:http";
import { createKubeHttpClient } from "../kube/kube_http_client.ts";
import type { KubeClient } from "../kube/kube_client.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { createUsageReader, METRICS_API, reportUsage, totalUsage, writeUsageQuantities } from "./usage_reader.ts";

interface FakeServer extends AsyncDisposable {
  readonly client: KubeClient;
  readonly paths: string[];
}

/** A server on loopback that answers each path from a table: a status with a body. */
async function serve(answer: (path: string) => readonly [status: number, body: unknown]): Promise<FakeServer> {
  const paths: string[] = [];
  const server: Server = createServer((request, response) => {
    const [path = ""] = (request.url ?? "").split("?");
    paths.push(path);
    const [status, body] = answer(path);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const agent = new Agent({ keepAlive: false });
  const access = {
    server: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    source: "test",
    namespace: null,
    kubeconfig: null,
    credentials: () => Promise.resolve({ agent, headers: {} }),
    close: () => agent.destroy(),
  };
  const client = createKubeHttpClient({ access, userAgent: "agent/test" });
  return {
    client,
    paths,
    async [Symbol.asyncDispose]() {
      client.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function testClock(): Clock & { pass(ms: number): void } {
  let at = 1_000_000;
  return { now: () => at, monotonic: () => at, sleep: () => Promise.resolve(), pass: (ms) => at += ms };
}

const list = (items: readonly unknown[]) => ({ kind: "List", metadata: {}, items });
const NODES = list([
  {
    metadata: { name: "n1" },
    timestamp: "2026-11-23T10:00:00Z",
    window: "20s",
    usage: { cpu: "156340000n", memory: "2097152Ki" },
  },
  { metadata: { name: "n2" }, usage: { cpu: "1", memory: "1Gi" } },
  { metadata: { name: "no-usage" } },
  { metadata: { name: "odd" }, usage: { cpu: "many", memory: "1Gi" } },
]);
const PODS = list([
  {
    metadata: { name: "a", namespace: "x" },
    containers: [{ name: "c", usage: { cpu: "1m", memory: "1Ki" } }, {
      name: "d",
      usage: { cpu: "2m", memory: "1Ki" },
    }],
  },
  { metadata: { name: "b", namespace: "x" }, containers: [{ name: "c", usage: { cpu: "3m", memory: "1Ki" } }] },
  { metadata: { name: "c", namespace: "y" }, containers: [{ name: "c", usage: { cpu: "4m", memory: "1Ki" } }] },
  { metadata: { name: "d", namespace: "y" }, containers: [] },
]);

Deno.test("usage: nodes' figures are exact, and what can't be read is left out", async () => {
  await using fake = await serve(() => [200, NODES]);
  const clock = testClock();
  const reader = createUsageReader({ client: fake.client, clock, resource: "nodes", onTraffic: () => {} });
  const outcome = await reader.read([`${METRICS_API}/nodes`], AbortSignal.timeout(5_000));
  assert.ok(outcome.kind === "read");
  assert.deepEqual([...outcome.reading.sums.keys()], ["n1", "n2"]);
  assert.deepEqual(writeUsageQuantities(outcome.reading.sums.get("n1") ?? assert.fail()), {
    cpu: "156340000n",
    memory: "2147483648",
  });
  assert.deepEqual(reportUsage(totalUsage(outcome.reading.sums.values()), clock.now()), {
    cpu_cores: 1.15634,
    memory_bytes: 3 * 1024 ** 3,
    covers: 2,
    as_of: new Date(1_000_000).toISOString(),
  });
});

Deno.test("usage: pods add up by namespace over all their containers", async () => {
  await using fake = await serve(() => [200, PODS]);
  const reader = createUsageReader({ client: fake.client, clock: testClock(), resource: "pods", onTraffic: () => {} });
  const outcome = await reader.read([`${METRICS_API}/pods`], AbortSignal.timeout(5_000));
  assert.ok(outcome.kind === "read");
  assert.deepEqual([...outcome.reading.sums], [
    ["x", { cpuNano: 6_000_000n, memoryNano: 3_072_000_000_000n, covers: 2 }],
    ["y", { cpuNano: 4_000_000n, memoryNano: 1_024_000_000_000n, covers: 1 }],
  ]);
});

Deno.test("usage: several namespaces are read one after the other", async () => {
  const one = (namespace: string) =>
    list([{ metadata: { name: "p", namespace }, containers: [{ usage: { cpu: "1", memory: "1" } }] }]);
  await using fake = await serve((path) => [200, one(path.includes("/team-a/") ? "team-a" : "team-b")]);
  const reader = createUsageReader({ client: fake.client, clock: testClock(), resource: "pods", onTraffic: () => {} });
  const paths = ["team-a", "team-b"].map((name) => `${METRICS_API}/namespaces/${name}/pods`);
  const outcome = await reader.read(paths, AbortSignal.timeout(5_000));
  assert.deepEqual(outcome.kind === "read" && [...outcome.reading.sums.keys()], ["team-a", "team-b"]);
  assert.deepEqual(fake.paths, paths);
});

Deno.test("usage: a cluster without the metrics API is no failure", async () => {
  await using fake = await serve(() => [404, { kind: "Status", code: 404, reason: "NotFound" }]);
  const reader = createUsageReader({ client: fake.client, clock: testClock(), resource: "nodes", onTraffic: () => {} });
  assert.deepEqual(await reader.read([`${METRICS_API}/nodes`], AbortSignal.timeout(5_000)), { kind: "absent" });
});

Deno.test("usage: without a grant and without the metrics API it is absent, not forbidden", async () => {
  await using fake = await serve((path) => {
    const code = path === METRICS_API ? 404 : 403;
    return [code, { kind: "Status", code, reason: code === 404 ? "NotFound" : "Forbidden" }];
  });
  const reader = createUsageReader({ client: fake.client, clock: testClock(), resource: "nodes", onTraffic: () => {} });
  assert.deepEqual(await reader.read([`${METRICS_API}/nodes`], AbortSignal.timeout(5_000)), { kind: "absent" });
});

Deno.test("usage: a metrics API that is down or forbidden is named, and the old figures are not used", async () => {
  let answer: readonly [number, unknown] = [200, NODES];
  await using fake = await serve(() => answer);
  const clock = testClock();
  const reader = createUsageReader({ client: fake.client, clock, resource: "nodes", onTraffic: () => {} });
  const read = () => reader.read([`${METRICS_API}/nodes`], AbortSignal.timeout(5_000));
  assert.equal((await read()).kind, "read");
  clock.pass(60_000);
  answer = [503, { kind: "Status", code: 503, reason: "ServiceUnavailable" }];
  assert.deepEqual(await read(), {
    kind: "failed",
    error: "Cannot list nodes.metrics.k8s.io: 503 ServiceUnavailable",
  });
  answer = [403, { kind: "Status", code: 403, reason: "Forbidden" }];
  const refused = await read();
  assert.match(refused.kind === "failed" ? refused.error : "", /403 Forbidden; grant "list nodes.metrics.k8s.io"/);
  answer = [200, NODES];
  assert.equal((await read()).kind, "read");
});

Deno.test("usage: beside many pods it is read less often, so that the price per minute stays", async () => {
  const pod = {
    metadata: { name: "p".repeat(200), namespace: "x" },
    containers: [{ usage: { cpu: "1", memory: "1" } }],
  };
  await using fake = await serve(() => [200, list(Array(1_000).fill(pod))]);
  const clock = testClock();
  const reader = createUsageReader({ client: fake.client, clock, resource: "pods", onTraffic: () => {} });
  const first = clock.now();
  for (let minute = 0; minute < 12; minute++) {
    const outcome = await reader.read([`${METRICS_API}/pods`], AbortSignal.timeout(5_000));
    assert.ok(outcome.kind === "read" && outcome.reading.readAt >= first);
    clock.pass(60_000);
  }
  // 290 kB an answer at 100 kB a minute: every third minute.
  assert.equal(fake.paths.length, 4);
});
