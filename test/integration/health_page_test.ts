import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:http";
import { delimiter, join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { createHealthServer } from "../../src/health/health_server.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { runTestAgent } from "../support/run_test_agent.ts";

/** A browser of Debian's packages, or of another system; `null` where there is none. */
function findBrowser(): string | null {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const folders = (process.env.PATH ?? "").split(delimiter);
  for (const file of names.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch { /* the next one */ }
  }
  return null;
}

const browser = findBrowser();

async function serve(text: string, page: boolean) {
  const stop = new AbortController();
  const server = createHealthServer({
    port: 0,
    page,
    source: {
      live: () => [],
      ready: () => [{ name: text, ok: false, detail: text }],
      status: () => ({ version: text, cluster: { id: text, name: "prod" }, [text]: [{ a: text }] }),
      tables: () => [{ title: "Last reports", head: ["object"], rows: [[text]] }],
      metrics: () => Promise.resolve({ body: "", contentType: "text/plain" }),
    },
  });
  const running = server.run(stop.signal);
  return {
    url: `http://127.0.0.1:${await server.listening()}/`,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

/** Counts who comes: nobody should. */
async function startCanary() {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? "");
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    paths,
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

Deno.test("health page: it forbids the browser everything, and is away where it is switched off", async () => {
  await using rig = await serve("x", true);
  const answer = await fetch(rig.url);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "text/html; charset=utf-8");
  assert.match(answer.headers.get("content-security-policy") ?? "", /^default-src 'none'; style-src 'unsafe-inline';/);
  assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
  const body = await answer.text();
  assert.ok(!/<script|https?:\/\/|src=/.test(body), body);
  const head = await fetch(rig.url, { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
  await using off = await serve("x", false);
  const none = await fetch(off.url);
  assert.deepEqual([none.status, none.headers.get("content-security-policy")], [404, null]);
  await none.body?.cancel();
});

Deno.test({
  name: "health page: a browser shows hostile texts as texts, runs none of them and asks nobody else",
  ignore: browser === null,
  fn: async () => {
    await using canary = await startCanary();
    await using dir = await createTempDir("chromium");
    const text =
      `</td><script>document.title="taken"</script><img src="${canary.url}/img" onerror="document.title='taken'">` +
      `<link rel=stylesheet href="${canary.url}/css"><style>@import "${canary.url}/import"</style><iframe src="${canary.url}/frame">`;
    await using rig = await serve(text, true);
    const { stdout } = await promisify(execFile)(browser ?? "", [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      `--user-data-dir=${dir.path}`,
      "--virtual-time-budget=2000",
      "--dump-dom",
      rig.url,
    ], { timeout: 60_000, env: { ...process.env, HOME: dir.path } });
    assert.match(stdout, /<title>agent prod<\/title>/);
    assert.ok(stdout.includes(`&lt;script&gt;document.title="taken"&lt;/script&gt;`), stdout);
    assert.ok(!/<(script|img|link|iframe)\b/.test(stdout), stdout);
    assert.deepEqual(canary.paths, []);
  },
});

Deno.test("health page: the agent's own has its conditions, and its last reports without their secrets", async () => {
  await using api = await startSandboxApi();
  await using nats = await startNatsServer();
  const config = {
    central_endpoint: nats.url,
    cluster_id: "prod",
    enable_commands: false,
    events: { backlog: "all" },
    state: { kind: "none" },
  };
  await using agent = await runTestAgent(api, config);
  api.putEvent({
    metadata: { name: "web-1.1", namespace: "shop" },
    involvedObject: { kind: "Pod", namespace: "shop", name: "web-1" },
    reason: "Failed",
    type: "Warning",
    message: 'Failed to pull image "registry.example.com/web:1": password=hunter2hunter2 <b>not found</b>',
    lastTimestamp: new Date().toISOString(),
    source: { component: "kubelet" },
  });
  const page = await eventually("NATS is connected and the report is on the page", async () => {
    const text = await (await fetch(`${agent.url}/`)).text();
    const isConnected = /<td>nats<\/td>\s*<td class="ok">ok<\/td>/.test(text);
    return isConnected && text.includes("shop/Pod/web-1") ? text : false;
  });
  assert.match(page, /Failed to pull image .*&lt;b&gt;not found&lt;\/b&gt;/);
  assert.ok(!page.includes("hunter2"), page);
  await using without = await runTestAgent(api, { ...config, cluster_id: "other", health_page: false });
  const none = await fetch(`${without.url}/`);
  assert.equal(none.status, 404);
  await none.body?.cancel();
});
