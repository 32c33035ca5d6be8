import assert from "node:assert/strict";
import { decideMessage, outcome, policyForTest } from "../../test/support/decide_request.ts";
import { configuredToolsSchema } from "./tool_schema.ts";

// The field namespace of a command, beside its arguments: an answer from another namespace must not pass for the asked one.

const LOG_LIMITS = "--limit-bytes=1048576 --tail=1000";
const decide = (line: string, namespace: unknown, policy = policyForTest()) => {
  const [tool, ...args] = line.split(" ");
  return decideMessage({ id: "c", type: "diagnostic", tool, args, namespace }, policy);
};

for (
  const [line, namespace, want] of [
    ["kubectl get pods", "shop", "kubectl get pods -n shop"],
    ["kubectl get pods", "", "kubectl get pods"],
    ["kubectl get pods", null, "kubectl get pods"],
    ["kubectl get pods -n shop", "shop", "kubectl get pods -n shop"],
    ["kubectl -n shop get pods", "shop", "kubectl get pods -n shop"],
    ["kubectl get pods --all-namespaces=false", "shop", "kubectl get pods --all-namespaces=false -n shop"],
    ["kubectl get pods,svc -o wide", "shop", "kubectl get pods,svc -o wide -n shop"],
    ["kubectl get certificates.cert-manager.io", "shop", "kubectl get certificates.cert-manager.io -n shop"],
    ["kubectl get all", "shop", "kubectl get all -n shop"],
    ["kubectl get pods.metrics.k8s.io", "shop", "kubectl get pods.metrics.k8s.io -n shop"],
    ["kubectl describe deploy/web", "shop", "kubectl describe deploy/web -n shop"],
    ["kubectl logs web-1", "shop", `kubectl logs web-1 ${LOG_LIMITS} -n shop`],
    ["kubectl top pods", "shop", "kubectl top pods -n shop"],
    ["uptime", "shop", "uptime"],
    ["ping -c 1 10.0.0.7", "shop", "ping -c 1 10.0.0.7"],
    ["dig web.shop.svc.cluster.local", "shop", "dig web.shop.svc.cluster.local"],
  ] as const
) {
  Deno.test(`with the namespace ${JSON.stringify(namespace)} runs: ${line}`, async () => {
    assert.equal(outcome(await decide(line, namespace)), `allowed: ${want}`);
  });
}

for (
  const [line, namespace, want] of [
    ["kubectl get pods -n default", "shop", "namespace_conflict"],
    ["kubectl get pods -A", "shop", "namespace_conflict"],
    ["kubectl get nodes", "shop", "namespace_conflict"],
    ["kubectl get ns", "shop", "namespace_conflict"],
    ["kubectl get ns/shop", "shop", "namespace_conflict"],
    ["kubectl get pods,nodes", "shop", "namespace_conflict"],
    ["kubectl get nodes.metrics.k8s.io", "shop", "namespace_conflict"],
    ["kubectl describe node node-1", "shop", "namespace_conflict"],
    ["kubectl top nodes", "shop", "namespace_conflict"],
    ["kubectl explain pods", "shop", "namespace_conflict"],
    ["kubectl version", "shop", "namespace_conflict"],
    ["kubectl cluster-info", "shop", "namespace_conflict"],
    ["kubectl api-resources", "shop", "namespace_conflict"],
    ["kubectl api-versions", "shop", "namespace_conflict"],
    ["kubectl get pods", "Shop", "invalid_value"],
    ["kubectl get pods", "shop -A", "invalid_value"],
    ["kubectl get pods", "../x", "invalid_value"],
    ["kubectl get pods", ["shop"], "invalid_command"],
    ["kubectl get secrets", "shop", "sensitive_type"],
    ["curl -I http://web/", "shop", "namespace_conflict"],
    ["nslookup web", "shop", "namespace_conflict"],
  ] as const
) {
  Deno.test(`with the namespace ${JSON.stringify(namespace)} is refused: ${line}`, async () => {
    const decision = await decide(line, namespace);
    assert.equal(outcome(decision), want);
    assert.ok(decision.kind === "denied" && decision.reason.endsWith("."));
  });
}

Deno.test("a tool of the configuration does not know the field namespace", async () => {
  const tools = configuredToolsSchema.parse([{ name: "meshctl", path: "/usr/local/bin/meshctl" }]);
  assert.equal(outcome(await decide("meshctl", "shop", policyForTest({ tools }))), "namespace_conflict");
  assert.equal(outcome(await decide("meshctl", "", policyForTest({ tools }))), "allowed: meshctl");
});

for (
  const [name, env, want] of [
    ["an empty name", '{"":"x"}', "env_not_allowed"],
    ["a name with =", '{"LANG=C PATH":"x"}', "env_not_allowed"],
    ["a name with NUL", '{"LANG\\u0000":"x"}', "env_not_allowed"],
    ["the prototype's name", '{"__proto__":"x"}', "env_not_allowed"],
    ["a value with NUL", '{"LANG":"x\\u0000"}', "env_not_allowed"],
    ["a number", '{"LANG":1}', "invalid_command"],
    ["null", '{"LANG":null}', "invalid_command"],
    ["a list", '{"LANG":["C"]}', "invalid_command"],
    ["a text for all of it", '"LANG=C"', "invalid_command"],
  ] as const
) {
  Deno.test(`an environment with ${name} is refused`, async () => {
    const policy = policyForTest({ envAllowlist: ["LANG", "", "LANG=C PATH", "LANG\0", "__proto__"] });
    const text = `{"id":"c","type":"info","tool":"uptime","env":${env}}`;
    assert.equal(outcome(await decideMessage(text, policy)), want);
  });
}
