import assert from "node:assert/strict";
import fc from "fast-check";
import { isSubjectToken } from "../wire/subject_token.ts";
import { type ClusterFacts, noFacts } from "./cluster_facts.ts";
import { decideId, type IdDecision, type IdRules, parseOverride } from "./decide_id.ts";
import { found } from "./fact.ts";
import { isReadableFormOf, readableId } from "./readable_id.ts";

const UID = "3f1c9a52-7d0e-4b6b-9a41-5c2f8e0d1a01";
const K8S = `k8s-${UID}`;
const FORBIDDEN = { kind: "forbidden", detail: "Cannot get namespaces: 403 Forbidden" } as const;
const UNREACHABLE = { kind: "unreachable", detail: "503 Service Unavailable" } as const;
const NOBODY = { provider: null, name: null, region: null };
const RULES: IdRules = { override: null, style: "uid", remembered: null };
const facts = (more: Partial<ClusterFacts>): ClusterFacts => ({ ...noFacts("404 Not Found"), ...more });
const withUid = (more: Partial<ClusterFacts> = {}) =>
  facts({ kubeSystem: found({ uid: UID, annotations: new Map() }), ...more });
const OCP = { openshiftVersion: found("B4C2") };
const ISSUER = "https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";

const CASES: readonly { name: string; facts: ClusterFacts; rules?: Partial<IdRules>; want: string }[] = [
  { name: "the UID of kube-system", facts: withUid(), want: `${K8S} by kube-system-uid` },
  { name: "the UID beats every other unique value", facts: withUid(OCP), want: `${K8S} by kube-system-uid` },
  {
    name: "the operator's word beats the UID, without asking",
    facts: facts({ kubeSystem: UNREACHABLE }),
    rules: { override: { value: "prod", source: "environment" } },
    want: "prod by environment",
  },
  {
    name: "not allowed: the next unique value",
    facts: facts({ kubeSystem: FORBIDDEN, ...OCP }),
    want: "ocp-B4C2 by openshift-cluster-id",
  },
  {
    name: "not reachable: ask again, although another value is there",
    facts: facts({ kubeSystem: UNREACHABLE, ...OCP }),
    want: "retry",
  },
  {
    name: "not allowed, and the next source not reachable: ask again, although a later one is there",
    facts: facts({
      kubeSystem: FORBIDDEN,
      openshiftVersion: UNREACHABLE,
      gardenerIdentity: found(new Map([["cluster-identity", "g"]])),
    }),
    want: "retry",
  },
  {
    name: "a later source that is not reachable does not matter",
    facts: facts({ kubeSystem: FORBIDDEN, ...OCP, nodes: UNREACHABLE }),
    want: "ocp-B4C2 by openshift-cluster-id",
  },
  {
    name: "a token issuer of its own",
    facts: facts({ kubeSystem: FORBIDDEN, tokenIssuer: found(ISSUER) }),
    want: "iss-6af834c4a2d09830 by token-issuer",
  },
  {
    name: "the default token issuer is nobody's own",
    facts: facts({ kubeSystem: FORBIDDEN, tokenIssuer: found("https://kubernetes.default.svc.cluster.local") }),
    want: "not_permitted",
  },
  { name: "nothing allowed", facts: facts({ kubeSystem: FORBIDDEN }), want: "not_permitted" },
  { name: "nothing there", facts: facts({}), want: "bad_configuration" },
  {
    name: "kube-system without a UID",
    facts: facts({ kubeSystem: found({ uid: "", annotations: new Map() }) }),
    want: "bad_configuration",
  },
  // Once used
  {
    name: "used before, and the same",
    facts: withUid(),
    rules: { remembered: K8S },
    want: `${K8S} by kube-system-uid`,
  },
  {
    name: "used before, of another cluster: the truth wins",
    facts: withUid(),
    rules: { remembered: "k8s-old" },
    want: `${K8S} by kube-system-uid`,
  },
  {
    name: "used before, and still this cluster's after a permission was granted",
    facts: withUid(OCP),
    rules: { remembered: "ocp-B4C2" },
    want: "ocp-B4C2 by openshift-cluster-id",
  },
  {
    name: "used before a permission was taken away",
    facts: facts({ kubeSystem: FORBIDDEN, ...OCP }),
    rules: { remembered: K8S },
    want: `${K8S} by remembered`,
  },
  {
    name: "used before, API server away: ask again",
    facts: facts({ kubeSystem: UNREACHABLE }),
    rules: { remembered: K8S },
    want: "retry",
  },
  {
    name: "a memory that is no token is none",
    facts: facts({ kubeSystem: FORBIDDEN }),
    rules: { remembered: "a.*>" },
    want: "not_permitted",
  },
];

for (const { name, facts, rules, want } of CASES) {
  Deno.test(`decideId: ${name}`, () => {
    assert.equal(inWords(decideId(facts, NOBODY, { ...RULES, ...rules })), want);
  });
}

function inWords(decision: IdDecision): string {
  if (decision.kind === "identified") return `${decision.id} by ${decision.source}`;
  return decision.kind === "retry" ? "retry" : decision.failure;
}

Deno.test("decideId: without an id it says what to set and what to grant", () => {
  const decision = decideId(facts({ kubeSystem: FORBIDDEN, nodes: FORBIDDEN }), NOBODY, RULES);
  assert.equal(decision.kind, "impossible");
  const reason = decision.kind === "impossible" ? decision.reason : "";
  assert.match(reason, /403 Forbidden/);
  assert.match(reason, /set CLUSTER_ID/);
  assert.match(reason, /grant "get" on namespace "kube-system"/);
  assert.match(reason, /list nodes/);
});

const PROD = { provider: "eks", name: "prod", region: "us-west-2" };
const PROVIDER: IdRules = { ...RULES, style: "provider" };

Deno.test("readable id: provider, name and region, and what makes it unique", () => {
  const decision = decideId(withUid(), PROD, PROVIDER);
  assert.match(inWords(decision), /^eks-prod-us-west-2-[0-9a-f]{12} by kube-system-uid$/);
});

Deno.test("readable id: two clusters of one name in one region stay two", () => {
  assert.notEqual(readableId("k8s-1", PROD), readableId("k8s-2", PROD));
});

Deno.test("readable id: once used it stays, whatever the cluster is called later", () => {
  const before = readableId(K8S, PROD);
  const later = { provider: "eks", name: null, region: "us-east-1" };
  assert.equal(
    inWords(decideId(withUid(), later, { ...PROVIDER, remembered: before })),
    `${before} by kube-system-uid`,
  );
});

Deno.test("readable id: waits for every part, since it is made once", () => {
  assert.equal(inWords(decideId(withUid({ nodes: UNREACHABLE }), PROD, PROVIDER)), "retry");
});

Deno.test("readable id: a change of style is a change of id", () => {
  const readable = readableId(K8S, PROD);
  assert.equal(inWords(decideId(withUid(), PROD, { ...RULES, remembered: readable })), `${K8S} by kube-system-uid`);
});

Deno.test("property: a readable id is one token that only its own cluster's id explains", () => {
  const text = fc.option(fc.string({ unit: "binary", maxLength: 100 }));
  const parts = fc.record({ provider: text, name: text, region: text });
  fc.assert(fc.property(fc.string(), fc.string(), parts, (id, other, parts) => {
    const readable = readableId(id, parts);
    assert.ok(isSubjectToken(readable), readable);
    assert.ok(isReadableFormOf(readable, id));
    assert.equal(isReadableFormOf(readable, other), id === other);
  }));
});

for (const text of ["", "  ", "$(CLUSTER_ID)", "${CLUSTER_ID}", " $(X) "]) {
  Deno.test(`parseOverride: ${JSON.stringify(text)} is not set`, () => {
    assert.equal(parseOverride(text, "environment"), null);
  });
}
