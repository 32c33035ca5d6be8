import assert from "node:assert/strict";
import { createHealthServer } from "../../src/health/health_server.ts";
import type { HealthSource } from "../../src/health/health_source.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";

const OK: HealthSource = {
  live: () => [{ name: "process", ok: true, detail: "answers" }],
  ready: () => [{ name: "nats", ok: true, detail: "connected" }, { name: "watch", ok: true, detail: "watching" }],
  status: () => ({ version: "1", problems: [] }),
  tables: () => [],
  metrics: () => Promise.resolve({ body: "agent_running 1\n", contentType: "text/plain; version=0.0.4" }),
};

interface HealthRig extends AsyncDisposable {
  readonly port: number;
  readonly run: Promise<void>;
}

async function serve(source: Partial<HealthSource>, page = false): Promise<HealthRig> {
  const stop = new AbortController();
  const server = createHealthServer({ port: 0, source: { ...OK, ...source }, page });
  const run = server.run(stop.signal);
  return {
    port: await server.listening(),
    run,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await run;
    },
  };
}

const TEXT = "text/plain; charset=utf-8";
const ROUTES = "Nothing here. There are: /health/live /health/ready /health/status /metrics\n";

interface Row {
  readonly name: string;
  readonly given: Partial<HealthSource> & { readonly method?: string; readonly path: string };
  readonly want: readonly [status: number, contentType: string | null, body: string];
}

const ROWS: readonly Row[] = [
  { name: "live", given: { path: "/health/live" }, want: [200, TEXT, "ok\n[+] process: answers\n"] },
  {
    name: "not alive",
    given: { path: "/health/live", live: () => [{ name: "watch", ok: false, detail: "stuck" }] },
    want: [503, TEXT, "not ok\n[-] watch: stuck\n"],
  },
  {
    name: "ready",
    given: { path: "/health/ready" },
    want: [200, TEXT, "ok\n[+] nats: connected\n[+] watch: watching\n"],
  },
  {
    name: "one condition of many does not hold",
    given: {
      path: "/health/ready",
      ready: () => [{ name: "cluster", ok: true, detail: "prod" }, { name: "nats", ok: false, detail: "away" }],
    },
    want: [503, TEXT, "not ok\n[+] cluster: prod\n[-] nats: away\n"],
  },
  {
    name: "a query is no part of the path",
    given: { path: "/health/live?verbose=1" },
    want: [200, TEXT, "ok\n[+] process: answers\n"],
  },
  {
    name: "the status",
    given: { path: "/health/status" },
    want: [200, "application/json", '{\n  "version": "1",\n  "problems": []\n}\n'],
  },
  { name: "the metrics", given: { path: "/metrics" }, want: [200, "text/plain; version=0.0.4", "agent_running 1\n"] },
  { name: "HEAD has the status and no body", given: { path: "/health/ready", method: "HEAD" }, want: [200, TEXT, ""] },
  { name: "without the page, nothing else is there", given: { path: "/" }, want: [404, TEXT, ROUTES] },
  { name: "a path with more behind it is another", given: { path: "/health/live/x" }, want: [404, TEXT, ROUTES] },
  { name: "nothing is taken", given: { path: "/health/live", method: "POST" }, want: [405, null, ""] },
  {
    name: "a source that fails",
    given: { path: "/metrics", metrics: () => Promise.reject(new Error("secret detail")) },
    want: [500, null, ""],
  },
  {
    name: "a status that throws",
    given: {
      path: "/health/status",
      status: () => {
        throw new Error("secret detail");
      },
    },
    want: [500, null, ""],
  },
];

for (const { name, given: { path, method = "GET", ...source }, want } of ROWS) {
  Deno.test(`health server: ${name}`, async () => {
    await using rig = await serve(source);
    const response = await fetch(`http://127.0.0.1:${rig.port}${path}`, { method });
    assert.deepEqual([response.status, response.headers.get("content-type"), await response.text()], want);
  });
}

Deno.test("health server: answers are never stored, and tell what is true at each request", async () => {
  let ok = false;
  await using rig = await serve({ ready: () => [{ name: "nats", ok, detail: "x" }] });
  const statusNow = async () => {
    const response = await fetch(`http://127.0.0.1:${rig.port}/health/ready`);
    await response.body?.cancel();
    assert.equal(response.headers.get("cache-control"), "no-store");
    return response.status;
  };
  assert.equal(await statusNow(), 503);
  ok = true;
  assert.equal(await statusNow(), 200);
});

Deno.test("health server: a port that is taken is an error with its remedy", async () => {
  await using rig = await serve({});
  const second = createHealthServer({ port: rig.port, source: OK, page: false });
  const refused = (error: unknown) =>
    error instanceof AgentError && /choose another with --health-port/.test(error.message);
  await assert.rejects(second.run(new AbortController().signal), refused);
  await assert.rejects(second.listening(), refused);
});

Deno.test("health server: it ends although a client keeps its connection open", async () => {
  const rig = await serve({});
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: rig.port });
  await rig[Symbol.asyncDispose]();
  connection.close();
});
