import assert from "node:assert/strict";
import { explainExecWords, explainFleetWords } from "./exec_words.ts";

const isProd = (word: string) => word === "prod";

Deno.test("exec words: a forgotten cluster, a quoted command and a cluster too many are named", () => {
  assert.match(explainExecWords("kubectl", ["get", "nodes"]) ?? "", /^kubectl stands where the cluster belongs; /);
  assert.match(explainExecWords("prod", ["kubectl get nodes"]) ?? "", /^"kubectl get nodes" is one word, /);
  assert.match(explainFleetWords(["kubectl get nodes"], isProd) ?? "", /is one word, /);
  assert.match(explainFleetWords(["prod", "kubectl", "get", "nodes"], isProd) ?? "", /^prod stands where the tool /);
});

Deno.test("exec words: an option of exec behind the tool is named, with its place", () => {
  for (const word of ["--nats", "--nats=nats://a", "--sign-key"]) {
    const said = explainExecWords("prod", ["kubectl", "get", "nodes", word, "x"]) ?? "";
    assert.match(said, /^--(?:nats|sign-key) stands behind the tool, .*put it before the cluster/);
  }
  assert.match(explainFleetWords(["kubectl", "get", "nodes", "--nats", "a"], isProd) ?? "", /^--nats stands behind/);
  assert.equal(explainExecWords("prod", ["kubectl", "get", "nodes", "--context", "a"]), null, "an option of kubectl");
});

Deno.test("exec words: what may be right is left to the agent", () => {
  assert.equal(explainExecWords("prod", ["kubectl", "get", "nodes"]), null);
  assert.equal(explainExecWords("ps", ["kubectl", "get", "nodes"]), null, "a cluster may be called as a tool is");
  assert.equal(explainExecWords("prod", ["probe two words"]), null, "a tool of the agent's own");
  assert.equal(explainExecWords("prod", ["uptime"]), null);
  assert.equal(explainFleetWords(["crictl", "ps"], isProd), null, "a tool of the agent's own with an argument");
  assert.equal(explainFleetWords(["kubectl", "get", "nodes"], isProd), null);
});
