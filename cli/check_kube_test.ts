import assert from "node:assert/strict";
import { Agent, createServer } from "node:http";
import { createUser } from "@nats-io/nkeys";
import { loadConfigContent } from "../src/config/load_config.ts";
import { requiredPermissions } from "../src/config/required_permissions.ts";
import { createKubeHttpClient } from "../src/kube/kube_http_client.ts";
import { checkKube } from "./check_kube.ts";

async function configOf(text: string) {
  const loaded = await loadConfigContent("c.yaml", { kind: "ok", text: `central_endpoint: nats://a\n${text}` }, {
    env: {},
  });
  assert.ok(loaded.kind === "ok");
  return loaded.config;
}

/** An API server that answers access reviews: what `isAllowed` says of "verb resource". */
async function withReviews<T>(
  isAllowed: (right: string) => boolean,
  use: (port: number) => Promise<T>,
  versionStatus = 200,
): Promise<T> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    response.setHeader("content-type", "application/json");
    if (request.url === "/version") response.statusCode = versionStatus;
    if (request.url === "/version") return void response.end('{"gitVersion":"v1.36.3"}');
    const { verb, resource } = JSON.parse(body).spec.resourceAttributes;
    response.statusCode = 201;
    response.end(JSON.stringify({ status: { allowed: isAllowed(`${verb} ${resource}`) } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const address = server.address();
    return await use(typeof address === "object" && address !== null ? address.port : 0);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function check(text: string, isAllowed: (right: string) => boolean, versionStatus = 200) {
  return await withReviews(isAllowed, async (port) => {
    const agent = new Agent();
    const access = {
      server: `http://127.0.0.1:${port}`,
      source: "test",
      namespace: "own",
      kubeconfig: null,
      credentials: () => Promise.resolve({ agent, headers: {} }),
      close: () => agent.destroy(),
    };
    const client = createKubeHttpClient({ access, userAgent: "test" });
    try {
      return await checkKube({ client, ownNamespace: "own" }, await configOf(text), new AbortController().signal);
    } finally {
      client.close();
    }
  }, versionStatus);
}

for (const [status, failure] of [[401, "not_permitted"], [403, "not_permitted"], [503, "unreachable"]] as const) {
  Deno.test(`checkKube() calls an API server that answers ${status} ${failure}`, async () => {
    const [result] = await check("", () => true, status);
    assert.equal(result?.failure, failure);
  });
}

Deno.test("checkKube() names a required right that is missing and how to grant it", async () => {
  const checks = await check("", (right) => right !== "watch events");
  const failed = checks.filter(({ ok }) => !ok);
  assert.deepEqual(failed, [{
    check: "watch events",
    ok: false,
    detail: "not allowed; needed for: report events",
    remedy: 'grant "watch events" to the agent\'s role',
    failure: "not_permitted",
  }]);
  assert.match(checks[0]?.detail ?? "", /runs v1\.36\.3$/);
});

Deno.test("checkKube() lets an optional right be missing and says what is left out", async () => {
  const checks = await check("", (right) => right !== "list services");
  assert.ok(checks.every(({ ok }) => ok));
  assert.match(checks.find((row) => row.check === "list services")?.detail ?? "", /left out: counts of resources/);
});

Deno.test("checkKube() lets kube-system be closed where the token issuer may serve as the cluster's id", async () => {
  const allow = (right: string) => right !== "get namespaces";
  assert.ok((await check("", allow)).some(({ ok }) => !ok));
  assert.ok((await check("cluster: {token_issuer: true}", allow)).every(({ ok }) => ok));
});

const PERMISSIONS = [
  {
    name: "events in two namespaces",
    given:
      "enable_metrics: false\nobjects: {enabled: false}\nevidence: {enabled: false}\ncluster_id: x\nevents: {namespaces: {include: [a, b]}}",
    want: ["list nodes ", "list events a", "watch events a", "list events b", "watch events b"],
  },
  {
    name: "a ConfigMap for the state",
    given:
      "enable_metrics: false\nenable_events: false\nobjects: {enabled: false}\ncluster_id: x\nstate: {kind: configmap}",
    want: [
      "list nodes ",
      "create configmaps own",
      "get configmaps own",
      "update configmaps own",
      "patch configmaps own",
    ],
  },
  {
    name: "secrets that are counted",
    given:
      "enable_events: false\nobjects: {enabled: false}\ncluster_id: x\nmetrics: {collectors: [namespaces], count_secrets: true, namespaces: [a]}",
    want: [
      "list nodes ",
      "list pods a",
      "watch pods a",
      "get namespaces a",
      "list services a",
      "watch services a",
      "list configmaps a",
      "watch configmaps a",
      "list secrets a",
      "watch secrets a",
    ],
  },
];

for (const { name, given, want } of PERMISSIONS) {
  Deno.test(`requiredPermissions() lists what is needed for ${name}`, async () => {
    const rows = requiredPermissions(await configOf(given), "own");
    assert.deepEqual(rows.map(({ verb, resource, namespace }) => `${verb} ${resource} ${namespace}`), want);
  });
}

Deno.test("requiredPermissions() asks for the nonces' ConfigMap only where commands are signed and it is used", async () => {
  const keys = `trusted_keys: [{name: a, public_key: ${createUser().getPublicKey()}}]`;
  const names = async (given: string) =>
    new Set(requiredPermissions(await configOf(given), "own").map(({ name }) => name).filter((name) => name !== ""));
  const kept = "cluster_id: x\nstate: {kind: configmap}";
  assert.deepEqual(await names(kept), new Set(["agent-state"]));
  assert.deepEqual(await names(`${kept}\ncommands: {${keys}}`), new Set(["agent-state", "agent-state-nonces"]));
  assert.deepEqual(await names(`cluster_id: x\ncommands: {${keys}}`), new Set());
});

Deno.test("requiredPermissions() asks for Secrets only where they are counted", async () => {
  assert.ok(!requiredPermissions(await configOf(""), "own").some(({ resource }) => resource === "secrets"));
});
