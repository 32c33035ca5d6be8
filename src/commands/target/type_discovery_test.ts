import assert from "node:assert/strict";
import { decideLine, decideMessage, outcome, policyForTest, testPorts } from "../../../test/support/decide_request.ts";
import { createTypeDiscovery } from "./type_discovery.ts";

/** A resource as aggregated discovery shows it. */
function resource(kind: string, plural: string, more: object = {}) {
  return {
    resource: plural,
    responseKind: { group: "", version: "", kind },
    scope: "Namespaced",
    singularResource: kind.toLowerCase(),
    verbs: ["get", "list"],
    ...more,
  };
}

function group(name: string, ...resources: object[]) {
  return { metadata: { name }, versions: [{ version: "v1", resources, freshness: "Current" }] };
}

const APPS = group("apps", resource("Deployment", "deployments", { shortNames: ["deploy"], categories: ["all"] }));
const RANCHER = group(
  "management.cattle.io",
  resource("Token", "tokens", { shortNames: ["tk"], categories: ["rancher"], scope: "Cluster" }),
  resource("Project", "projects", { categories: ["rancher", "projects-only"], scope: "Cluster" }),
);
const OTHERS = [
  group("shop.example.com", resource("Order", "orders", { shortNames: ["od"], categories: ["shop"] })),
  group("gate.example.com", resource("ApiToken", "apitokens", { shortNames: ["at", "gate"] })),
  group("ext.cattle.io", resource("Kubeconfig", "kubeconfigs", { shortNames: ["kc"] })),
  group("cert.example.com", resource("UserCredential", "usercreds")),
  group("external-secrets.io", resource("ExternalSecret", "externalsecrets", { shortNames: ["es"] })),
  group("bitnami.com", resource("SealedSecret", "sealedsecrets")),
  group("generators.external-secrets.io", resource("Password", "passwords")),
  group("odd.example.com", resource("Svc", "svc"), resource("Secret", "vaulted", { shortNames: ["po"] })),
];

const documentOf = (...items: object[]) => ({
  kind: "APIGroupDiscoveryList",
  apiVersion: "apidiscovery.k8s.io/v2",
  items,
});
const portsWith = (...items: object[]) => ({
  ...testPorts,
  servedTypes: createTypeDiscovery({ read: () => Promise.resolve(documentOf(...items)), now: () => 0 }),
});
const CLUSTER = portsWith(APPS, RANCHER, ...OTHERS);

for (
  const [line, want] of [
    ["kubectl get tk", "sensitive_type"],
    ["kubectl get TK -A -o yaml", "sensitive_type"],
    ["kubectl describe tk/x", "sensitive_type"],
    ["kubectl get pods,tk", "sensitive_type"],
    ["kubectl get rancher", "sensitive_type"],
    ["kubectl get tk.management.cattle.io", "sensitive_type"],
    ["kubectl get tk.management", "sensitive_type"],
    ["kubectl get tk.stable.management.cattle.io", "sensitive_type"],
    ["kubectl get at", "sensitive_type"],
    ["kubectl get gate/x", "sensitive_type"],
    ["kubectl get kc", "sensitive_type"],
    ["kubectl get Kubeconfig.ext.cattle.io", "sensitive_type"],
    ["kubectl get usercreds", "sensitive_type"],
    ["kubectl get vaulted", "sensitive_type"],
    ["kubectl rollout history tk/x", "sensitive_type"],
    ["kubectl get secrets", "sensitive_type"],
    ["kubectl get nothing", "unserved_type"],
    ["kubectl get orders.other.example.com", "unserved_type"],
    ["kubectl get pods.metrics.example.com", "unserved_type"],
    // A short name that another type has, too.
    ["kubectl get po", "sensitive_type"],
    ["kubectl get pods", "allowed"],
    ["kubectl get pod/web-0", "allowed"],
    ["kubectl get all -n prod", "allowed"],
    ["kubectl get svc", "allowed"],
    ["kubectl get od,orders,Order.shop.example.com", "allowed"],
    ["kubectl get shop", "allowed"],
    ["kubectl get projects", "allowed"],
    ["kubectl get projects-only", "allowed"],
    ["kubectl get es,sealedsecrets -A", "allowed"],
    ["kubectl get passwords.generators.external-secrets.io", "allowed"],
    ["kubectl get deployments.v1.apps", "allowed"],
    ["kubectl get deploy.apps", "allowed"],
  ] as const
) {
  Deno.test(`with the API server's own types, ${line} is ${want}`, async () => {
    assert.equal(outcome(await decideLine(line, policyForTest(), CLUSTER)).split(":")[0], want);
  });
}

Deno.test("a category that holds a type with credentials is refused, and the reason names the type", async () => {
  const tokens = group("t.example.com", resource("Token", "tokens", { categories: ["all"] }));
  const decision = await decideLine("kubectl get all -A", policyForTest(), portsWith(APPS, tokens));
  assert.equal(outcome(decision), "sensitive_type");
  assert.match(decision.kind === "denied" ? decision.reason : "", /"all" means tokens\.t\.example\.com/);
});

Deno.test("a namespace beside a type that was added is judged by what the API server says of it", async () => {
  const ask = async (type: string) =>
    outcome(
      await decideMessage(
        { id: "c", type: "info", tool: "kubectl", action: "get", args: [type], namespace: "shop" },
        policyForTest(),
        CLUSTER,
      ),
    );
  assert.equal(await ask("orders"), "allowed: kubectl get orders -n shop");
  assert.equal(await ask("projects"), "namespace_conflict");
});

for (
  const [name, read] of [
    ["can't be reached", () => Promise.reject(new Error("connect ECONNREFUSED"))],
    ["knows no aggregated discovery", () => Promise.resolve({ kind: "APIGroupList", groups: [] })],
    ["sends something else", () => Promise.resolve("x")],
  ] as const
) {
  Deno.test(`where the API server ${name}, only built-in types are allowed`, async () => {
    const ports = { ...testPorts, servedTypes: createTypeDiscovery({ read, now: () => 0 }) };
    const ask = async (line: string) => outcome(await decideLine(line, policyForTest(), ports)).split(":")[0];
    assert.equal(await ask("kubectl get tk"), "discovery_failed");
    assert.equal(await ask("kubectl get all"), "discovery_failed");
    assert.equal(await ask("kubectl get po,svc,nodes,deploy.apps"), "allowed");
    assert.equal(await ask("kubectl logs deploy/web"), "allowed");
  });
}

Deno.test("the API server is asked once for all, again after five minutes, and for an unknown type after half a minute", async () => {
  let nowMs = 0;
  let reads = 0;
  const read = () => {
    reads++;
    return Promise.resolve(reads === 1 ? documentOf(APPS) : documentOf(APPS, ...OTHERS));
  };
  const ports = { ...testPorts, servedTypes: createTypeDiscovery({ read, now: () => nowMs }) };
  const ask = async (line: string) => outcome(await decideLine(line, policyForTest(), ports)).split(":")[0];
  assert.deepEqual(await Promise.all([ask("kubectl get all"), ask("kubectl get po"), ask("kubectl get deploy")]), [
    "allowed",
    "allowed",
    "allowed",
  ]);
  assert.equal(reads, 1);
  nowMs = 10_000;
  assert.equal(await ask("kubectl get orders"), "unserved_type");
  assert.equal(reads, 1);
  nowMs = 30_000;
  assert.equal(await ask("kubectl get orders"), "allowed");
  assert.equal(reads, 2);
  nowMs = 300_000;
  assert.equal(await ask("kubectl get orders"), "allowed");
  assert.equal(reads, 2);
  nowMs = 330_000;
  assert.equal(await ask("kubectl get orders"), "allowed");
  assert.equal(reads, 3);
});

Deno.test("a document of discovery with holes gives what is whole in it", async () => {
  const document = documentOf(
    { metadata: null, versions: "x" },
    {
      metadata: { name: "a.example.com" },
      versions: [null, { resources: [7, {}, { resource: "things", shortNames: [1, "th"] }] }],
    },
  );
  const ports = {
    ...testPorts,
    servedTypes: createTypeDiscovery({ read: () => Promise.resolve(document), now: () => 0 }),
  };
  assert.match(outcome(await decideLine("kubectl get th", policyForTest(), ports)), /^allowed/);
  assert.equal(outcome(await decideLine("kubectl get thing", policyForTest(), ports)), "unserved_type");
});
