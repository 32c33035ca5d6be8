import assert from "node:assert/strict";
import process from "node:process";
import { eventually } from "../../sandbox/eventually.ts";
import { DISCOVERY_REQUEST } from "../../src/commands/target/discovery_request.ts";
import { createTypeDiscovery } from "../../src/commands/target/type_discovery.ts";
import { createKubeHttpClient } from "../../src/kube/kube_http_client.ts";
import { openKubeAccess } from "../../src/kube/open_kube_access.ts";
import { missingControlPlaneTools, startControlPlane } from "../support/control_plane.ts";
import { decideLine, outcome, policyForTest, testPorts } from "../support/decide_request.ts";

const missing = await missingControlPlaneTools();
if (missing.length > 0) {
  process.stderr.write(`SKIPPED: types of a real API server; not found: ${missing.join(", ")}\n`);
}

const TOKENS = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: tokens.management.example.com}
spec:
  group: management.example.com
  names: {kind: Token, plural: tokens, singular: token, shortNames: [tk], categories: [all, mgmt]}
  scope: Cluster
  versions:
  - name: v3
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`;
const BEFORE = ["all", "po,svc,deploy,hpa,cj", "crds", "api-extensions", "ev", "sc,pc,csr"];
const AFTER = ["tk", "TK", "mgmt", "all", "tk.management.example.com", "tk.v3.management.example.com", "po,tk"];

Deno.test({
  name: "short names and categories mean what a real API server says, to an account without rights of its own",
  ignore: missing.length > 0,
  async fn() {
    await using plane = await startControlPlane();
    const env = await plane.enterPod("default", "nobody");
    const access = await openKubeAccess({ kubeconfig: null, context: null, env });
    const client = createKubeHttpClient({ access, userAgent: "agent/test" });
    const { signal } = new AbortController();
    const decide = async (types: string) => {
      const read = () => client.request({ ...DISCOVERY_REQUEST, signal });
      const ports = { ...testPorts, servedTypes: createTypeDiscovery({ read, now: () => performance.now() }) };
      return outcome(await decideLine(["kubectl", "get", types], policyForTest(), ports));
    };
    try {
      for (const types of BEFORE) assert.equal(await decide(types), `allowed: kubectl get ${types}`);
      assert.equal(await decide("tk"), "unserved_type");
      await plane.kubectl(["create", "-f", "-"], TOKENS);
      const decideServed = async (types: string) => {
        const decided = await decide(types);
        return decided === "unserved_type" ? false : decided;
      };
      for (const types of AFTER) {
        assert.equal(await eventually(`${types} is served`, () => decideServed(types)), "sensitive_type", types);
      }
      assert.equal(await decide("nothing"), "unserved_type");
    } finally {
      client.close();
    }
  },
});
