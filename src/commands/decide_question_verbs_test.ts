import assert from "node:assert/strict";
import { decideMessage, outcome } from "../../test/support/decide_request.ts";
import { testAllowed, testRefused } from "../../test/support/decision_table.ts";

testAllowed("kubectl's own verb for events", [
  "kubectl events",
  "kubectl events -A",
  "kubectl events -n shop --for=pod/web-0 --types=Warning",
  { given: "kubectl events --for pod/web-0 --types=warning", want: "kubectl events --for=pod/web-0 --types=Warning" },
  "kubectl events --types=Normal,Warning",
  { given: "kubectl events --types=Normal --types=Warning", want: "kubectl events --types=Normal,Warning" },
  "kubectl events --for=deployments.apps/web --no-headers --chunk-size=100",
  "kubectl events --for=secret/db",
  "kubectl events -o json",
  "kubectl events -o yaml --show-managed-fields",
]);
testRefused("watching events", "unknown_flag", [
  "kubectl events -w",
  "kubectl events --watch",
  "kubectl events --watch=false",
  "kubectl events --template={{.}}",
  "kubectl events -l app=web",
  "kubectl events --as=root",
]);
testRefused("a value that events do not take", "invalid_value", [
  "kubectl events --for=pod",
  "kubectl events --for=pod/a/b",
  "kubectl events --for=pods,secrets/a",
  "kubectl events --types=Error",
  "kubectl events --types=Warning,",
  "kubectl events -o wide",
  "kubectl events -o jsonpath={.items[*].message}",
  "kubectl events -o jsonpath-file=/etc/passwd",
]);
testRefused("an operand of events", "unexpected_argument", ["kubectl events pods", "kubectl events pod/web-0"]);

testAllowed("the history and state of a rollout", [
  "kubectl rollout history deploy/web",
  "kubectl rollout history deployment web -n shop",
  "kubectl rollout history sts/db --revision=2",
  "kubectl rollout history ds/agent -o yaml",
  { given: "kubectl rollout status deploy/web", want: "kubectl rollout status deploy/web --watch=false" },
  "kubectl rollout status deploy/web --watch=false",
  { given: "kubectl rollout status deploy/web -w=false", want: "kubectl rollout status deploy/web --watch=false" },
  "kubectl rollout status deploy/web --timeout=10s",
  "kubectl rollout status deploy/web -w --timeout=10s",
  "kubectl rollout status deploy/web --watch=false --timeout=10m",
  { given: "kubectl -n shop rollout status ds agent", want: "kubectl rollout status ds agent -n shop --watch=false" },
]);
testRefused("a rollout that is changed", "unknown_verb", [
  "kubectl rollout undo deploy/web",
  "kubectl rollout pause deploy/web",
  "kubectl rollout resume deploy/web",
  "kubectl rollout",
  "kubectl rollout History deploy/web",
]);
testRefused("waiting as long as the command may run", "invalid_value", [
  "kubectl rollout status deploy/web --timeout=30s",
  "kubectl rollout status deploy/web --timeout=5m",
  "kubectl rollout status deploy/web --timeout=0",
  "kubectl rollout status deploy/web --timeout=1ns",
  "kubectl rollout history deploy/web -o jsonpath={.spec}",
]);
testRefused("waiting without an end", "missing_flag", ["kubectl rollout status deploy/web -w"]);
testRefused("a rollout from a file", "unknown_flag", [
  "kubectl rollout status -f /etc/passwd",
  "kubectl rollout history -k /tmp",
  "kubectl rollout history deploy/web --template={{.}}",
]);
testRefused("a rollout of what holds credentials", "sensitive_type", ["kubectl rollout history secrets/db"]);

Deno.test("a command with more time may wait longer for a rollout", async () => {
  const args = ["status", "deploy/web", "--timeout=40s"];
  const command = { id: "c", type: "info", tool: "kubectl", action: "rollout", args };
  assert.equal(outcome(await decideMessage({ ...command, timeout: "40s" })), "invalid_value");
  assert.match(outcome(await decideMessage({ ...command, timeout: "41s" })), /^allowed/);
});

testAllowed("what the agent may do", [
  "kubectl auth can-i list pods",
  "kubectl auth can-i list pods -n shop",
  "kubectl auth can-i get secrets",
  "kubectl auth can-i delete deployments.apps/web -A",
  "kubectl auth can-i * *",
  "kubectl auth can-i get /healthz",
  "kubectl auth can-i get pods --subresource=log",
  "kubectl auth can-i get pods -q",
  { given: "kubectl auth can-i --list -n shop", want: "kubectl auth can-i --list -n shop" },
  "kubectl auth can-i --list --no-headers",
]);
testRefused("asking for somebody else", "unknown_flag", [
  "kubectl auth can-i list pods --as=system:admin",
  "kubectl auth can-i --list --as system:admin",
  "kubectl auth can-i list pods --as-group=system:masters",
  "kubectl auth can-i list pods -v9",
]);
testRefused("another verb about rights", "unknown_verb", [
  "kubectl auth reconcile",
  "kubectl auth whoami",
  "kubectl auth",
]);
testRefused("half a question", "missing_argument", ["kubectl auth can-i", "kubectl auth can-i list"]);
testRefused("no question about rights", "invalid_argument", [
  "kubectl auth can-i LIST pods",
  "kubectl auth can-i list pods/a/b",
  "kubectl auth can-i get /a?b=c",
  "kubectl auth can-i get //",
  "kubectl auth can-i get ../x",
]);
testRefused("more than a question about rights", "unexpected_argument", [
  "kubectl auth can-i --list pods",
  "kubectl auth can-i list pods web",
]);

testAllowed("the name of an address", [
  "dig -x 10.0.0.7",
  { given: "dig +short -x 203.0.113.7", want: "dig +short -x 203.0.113.7" },
  { given: "dig -x 0x0a000007", want: "dig -x 10.0.0.7" },
  { given: "dig -x 2001:DB8::7", want: "dig -x 2001:db8::7" },
]);
testRefused("what is no address", "invalid_value", ["dig -x example.com", "dig -x 10.0.0.7/24", "dig -x @10.0.0.7"]);
testRefused("an address and a name", "unexpected_argument", [
  "dig -x 10.0.0.7 example.com",
  "dig example.com -x 10.0.0.7",
  "dig -x 10.0.0.7 -t A",
]);
testRefused("an address of the machine's own", "loopback_address", [
  "dig -x 127.0.0.1",
  "dig -x ::1",
  "dig -x 2130706433",
  "dig -x ::ffff:127.0.0.1",
]);
testRefused("an address of a metadata service", "metadata_address", ["dig -x 169.254.169.254"]);
testRefused("the other names of the machine", "loopback_address", [
  "curl -I http://localhost6.localdomain6/",
  "ping -c 1 localhost4.localdomain4",
  "wget --spider http://LOCALHOST6.localdomain6./",
]);

testAllowed("expressions that people use", [
  "kubectl get pods -o custom-columns=:metadata.name --no-headers",
  "kubectl get pods -o custom-columns=:.metadata.name,NODE:.spec.nodeName",
  "kubectl get nodes -o custom-columns=NAME:.metadata.name,STATUS:.status.conditions[*].status",
  [
    "kubectl",
    "get",
    "pods",
    "-o",
    'jsonpath={range .items[*]}{.metadata.name}{"\\t"}{.spec.automountServiceAccountToken}{"\\n"}{end}',
  ],
  ["kubectl", "get", "pods", "-o", 'jsonpath={.items[*].spec.containers[*].env[?(@.name=="PORT")].value}'],
  "kubectl get pods -o custom-columns=N:.spec.containers[*].env[*].name,V:.spec.containers[*].env[*].value",
  "kubectl get sa default -o jsonpath={.secrets[*].name}",
]);
testRefused("an expression that asks for a credential", "sensitive_field", [
  "kubectl get pods -A -o jsonpath={.items[*].spec.containers[*].env[*].value}",
  "kubectl get pods -o jsonpath={..env[*].value}",
  "kubectl get pods -o jsonpath={..value}",
  "kubectl get pods -o custom-columns=V:.spec.containers[*].env[*].value",
  "kubectl get cm app -o jsonpath={.data.DB_PASSWORD}",
  "kubectl get cm app -o custom-columns=X:.data.api-token",
  "kubectl get pods --sort-by=.spec.containers[0].env[0].value",
  "kubectl get cm --sort-by=.data.password -o name",
]);
testRefused("an expression that multiplies", "invalid_value", [
  "kubectl get pods -o jsonpath={.items[0,0,0].metadata.name}",
  "kubectl get pods -o custom-columns=A:.spec.containers[0,0]",
  "kubectl get pods --sort-by=.spec.containers[0,0].name",
  "kubectl get pods -o jsonpath={.items[0:9,0:9].metadata.name}",
]);
testRefused("the settings that make a machine a node", "sensitive_type", [
  "kubectl get kubeadmconfigs.bootstrap.cluster.x-k8s.io -A",
  "kubectl get passwords",
  "kubectl get passwords.dex.coreos.com",
]);
testAllowed("the settings of a generator of passwords", [
  "kubectl get passwords.generators.external-secrets.io -n shop",
]);
