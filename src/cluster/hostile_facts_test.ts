import assert from "node:assert/strict";
import fc from "fast-check";
import { Buffer } from "node:buffer";
import { AgentError } from "../lifecycle/errors.ts";
import { isSubjectToken } from "../wire/subject_token.ts";
import { configMap, kubeSystem, list, node, type NodeShape } from "../../test/fixtures/cluster_objects.ts";
import { EKS, GKE, IKS, K3S, KIND } from "../../test/fixtures/known_cluster.ts";
import { CONFIG_MAPS } from "./cluster_facts.ts";
import { type IdDecision, type IdRules } from "./decide_id.ts";
import { identityFromFacts } from "./identify_cluster.ts";
import { readDump } from "./read_dump.ts";

const RULES: IdRules & { givenName: string } = { override: null, style: "uid", remembered: null, givenName: "" };

function identify(objects: readonly unknown[], rules: Partial<IdRules> = {}) {
  const dump = Buffer.from(JSON.stringify({ kind: "List", items: objects }));
  return identityFromFacts(readDump(dump, "a test"), { ...RULES, ...rules });
}

const idOf = (decision: IdDecision) => decision.kind === "identified" ? decision.id : null;

/** Objects with the right kinds and names and anything at all inside. */
const paths = Object.values(CONFIG_MAPS).map(({ namespace, name }) => ({ namespace, name }));
const anything = fc.jsonValue({ maxDepth: 3 });
const markText = fc.oneof(
  fc.constantFrom("aws:///", "gce://", "kind://", "ibm://///", "eks-hybrid:///", "ocid1.", "://", "cn-a.i-1"),
  fc.string({ unit: "binary" }),
);
const hostileObject = fc.oneof(
  fc.record({
    kind: fc.constant("Node"),
    metadata: anything,
    spec: fc.record({ providerID: fc.oneof(markText, anything) }),
    status: anything,
  }),
  fc.record({
    kind: fc.constant("Node"),
    metadata: fc.record({
      name: markText,
      labels: fc.dictionary(
        fc.constantFrom(
          "__proto__",
          "constructor",
          "eks.amazonaws.com/",
          "kubernetes.azure.com/cluster",
          "ack.aliyun.com",
          "cluster-name",
        ),
        markText,
      ),
      annotations: fc.dictionary(
        fc.constantFrom("cluster.x-k8s.io/cluster-name", "k3s.io/"),
        fc.oneof(markText, anything),
      ),
    }),
  }),
  fc.record({
    kind: fc.constant("ConfigMap"),
    metadata: fc.constantFrom(...paths),
    data: fc.oneof(
      anything,
      fc.dictionary(fc.constantFrom("clusterResourceId", "ClusterConfiguration", "shootName", "clusterid"), markText),
    ),
  }),
  fc.record({
    kind: fc.constant("Namespace"),
    metadata: fc.record({ name: fc.constant("kube-system"), uid: fc.oneof(markText, anything) }),
  }),
  fc.record({
    kind: fc.constantFrom("ClusterVersion", "Infrastructure", "ClusterProperty"),
    metadata: anything,
    spec: anything,
    status: anything,
  }),
  fc.record({ kind: fc.constantFrom("Node", "Namespace", "ConfigMap", "NodeList"), items: anything }),
);

Deno.test("property: hostile objects never throw, and every id is one subject token", () => {
  const rules = fc.record({
    style: fc.constantFrom("uid" as const, "provider" as const),
    remembered: fc.option(markText),
  });
  fc.assert(
    fc.property(fc.array(hostileObject, { minLength: 1, maxLength: 8 }), rules, (objects, rules) => {
      const id = idOf(identify([...objects, kubeSystem()], rules).decision);
      assert.ok(id === null || isSubjectToken(id));
    }),
    { numRuns: 500 },
  );
});

Deno.test("property: any bytes are a dump or a bad_input, never another failure", () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json().map((text) => Buffer.from(text)));
  fc.assert(fc.property(bytes, (bytes) => {
    try {
      readDump(bytes, "a test");
    } catch (error) {
      assert.ok(error instanceof AgentError && error.kind === "bad_input", String(error));
    }
  }));
});

const someNodes = fc.array(fc.tuple(fc.string(), fc.constantFrom<NodeShape[]>(EKS, GKE, IKS, K3S, KIND)), {
  maxLength: 8,
})
  .map((nodes) => nodes.map(([name, shape]) => node({ ...shape, name })));

Deno.test("property: adding, removing and renaming nodes never changes the id", () => {
  fc.assert(fc.property(someNodes, someNodes, (before, after) => {
    const first = idOf(identify([kubeSystem(), ...before]).decision);
    assert.equal(idOf(identify([kubeSystem(), ...after]).decision), first);
  }));
});

Deno.test("property: with a memory, nodes never change a readable id either", () => {
  fc.assert(fc.property(someNodes, someNodes, (before, after) => {
    const first = idOf(identify([kubeSystem(), ...before], { style: "provider" }).decision);
    assert.equal(idOf(identify([kubeSystem(), ...after], { style: "provider", remembered: first }).decision), first);
  }));
});

Deno.test("property: without kube-system, nodes give the same id or none, never another", () => {
  const iks = node({ ...IKS, name: "worker" });
  fc.assert(fc.property(someNodes, (others) => {
    const id = idOf(identify([iks, ...others]).decision);
    assert.ok(id === null || id === "iks-c0d19dnd0uii3pk7po40", String(id));
  }));
});

Deno.test("a YAML bomb in kubeadm-config is refused quickly", () => {
  const bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" +
    Array.from("bcdefgh", (letter, index) => `${letter}: &${letter} [${Array(9).fill(`*${"abcdefg"[index]}`)}]\n`).join(
      "",
    );
  const began = performance.now();
  const { description } = identify([
    configMap("kube-system/kubeadm-config", { ClusterConfiguration: bomb }),
    kubeSystem(),
  ]);
  assert.equal(description.name, null);
  assert.ok(performance.now() - began < 1_000);
});

Deno.test("a list in several documents and a List read the same", () => {
  const objects = [kubeSystem(), node(EKS)];
  const several = Buffer.from(objects.map((object) => JSON.stringify(object, null, 2)).join("\n"));
  const one = Buffer.from(JSON.stringify(list(objects)));
  assert.deepEqual(readDump(several, "several"), readDump(one, "one"));
});

Deno.test("typed lists and PowerShell's UTF-16 are read", () => {
  const typed = JSON.stringify({ kind: "NamespaceList", items: [{ metadata: { name: "kube-system", uid: "u-1" } }] });
  const dump = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(typed, "utf16le")]);
  const { decision } = identityFromFacts(readDump(dump, "a test"), RULES);
  assert.equal(idOf(decision), "k8s-u-1");
});

Deno.test("a dump in YAML is read as the same in JSON, with any byte order and mark", () => {
  const yaml = "kind: Namespace\nmetadata:\n  name: kube-system\n  uid: u-1\n---\nkind: NodeList\nitems:\n";
  const big = Buffer.from(`\ufeff${yaml}`, "utf16le").swap16();
  for (const given of [Buffer.from(yaml), Buffer.from(`\ufeff${yaml.replaceAll("\n", "\r\n")}`), big]) {
    assert.equal(idOf(identityFromFacts(readDump(given, "a test"), RULES).decision), "k8s-u-1");
  }
});

const BAD_DUMPS: readonly { name: string; given: string; want: RegExp }[] = [
  { name: "nothing", given: " \n", want: /it is empty; make one with: kubectl get/ },
  { name: "YAML of nothing", given: "apiVersion: v1\nitems: []\n", want: /holds no Kubernetes object/ },
  { name: "broken YAML", given: "kind: Namespace\nmetadata: [\n", want: /the YAML breaks in line \d/ },
  { name: "a word", given: "hello", want: /line 1 is not valid/ },
  { name: "a cut file", given: '{"kind":"List",\n"items":[{"kind":"No', want: /line 1 is not valid/ },
  { name: "rubbish after an object", given: '{"kind":"Node"}\n\nError from server', want: /line 3 is not valid/ },
  { name: "JSON of something else", given: '{"hello":"world"}', want: /holds no Kubernetes object/ },
  { name: "an empty list", given: '{"kind":"List","items":[]}', want: /holds no Kubernetes object/ },
];

for (const { name, given, want } of BAD_DUMPS) {
  Deno.test(`a dump that is ${name} is bad input`, () => {
    assert.throws(() => readDump(Buffer.from(given), "dump.json"), (error) => {
      assert.ok(error instanceof AgentError);
      assert.equal(error.kind, "bad_input");
      assert.match(error.message, want);
      return true;
    });
  });
}
