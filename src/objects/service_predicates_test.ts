import assert from "node:assert/strict";
import { createObjectJudge } from "./judge_object.ts";
import type { WorkloadTemplate } from "./nearest_template.ts";
import { OBJECT_RULES } from "./object_rules.ts";
import { viewService } from "./service_view.ts";

type Labels = Readonly<Record<string, string>>;

interface Row {
  readonly about: string;
  readonly name?: string;
  readonly selector?: Labels;
  readonly type?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Pod labels by workload. */
  readonly workloads: Readonly<Record<string, Labels>>;
  /** What is found: a part of the message, an excuse, or nothing. */
  readonly finds?: string;
  readonly excuse?: string;
}

const FRONT = { front: { app: "front", version: "v1" } };

const ROWS: readonly Row[] = [
  {
    about: "a version that no pod has",
    selector: { app: "front", version: "v2" },
    workloads: FRONT,
    finds: "version=v1",
  },
  { about: "what fits", selector: { app: "front" }, workloads: FRONT },
  { about: "what fits one of two", selector: { app: "front" }, workloads: { back: { app: "back" }, ...FRONT } },
  { about: "no selector: somebody else writes its endpoints", selector: {}, workloads: FRONT },
  { about: "an alias", type: "ExternalName", selector: { app: "nothing" }, workloads: FRONT },
  { about: "nothing is like it: a leftover", selector: { app: "gone" }, name: "gone", workloads: FRONT },
  {
    about: "a chart that watches what the cloud hides",
    name: "kube-scheduler",
    selector: { component: "kube-scheduler" },
    workloads: { "kube-proxy": { "k8s-app": "kube-proxy" }, coredns: { "k8s-app": "kube-dns" } },
  },
  { about: "a namesake, with a typing error", selector: { app: "frnot" }, workloads: FRONT, finds: "have app=front" },
  {
    about: "a namesake with a suffix",
    name: "front-svc",
    selector: { app: "web" },
    workloads: { "front-deployment": { app: "front" } },
    finds: "Deployment front-deployment have app=front",
  },
  {
    about: "the name under another key, after an upgrade of a chart",
    name: "entry",
    selector: { app: "front" },
    workloads: { "shop-front": { "app.kubernetes.io/name": "front" } },
    finds: "have no app",
  },
  {
    about: "the same release, another program",
    name: "prom-alertmanager",
    selector: { "app.kubernetes.io/instance": "prom", "app.kubernetes.io/name": "alertmanager" },
    workloads: { grafana: { "app.kubernetes.io/instance": "prom", "app.kubernetes.io/name": "grafana" } },
  },
  {
    about: "the nearest of two",
    selector: { app: "front", tier: "web", version: "v2" },
    workloads: { "front-a": { app: "front", tier: "job", version: "v1" }, "front-b": { app: "front", tier: "web" } },
    finds: "Deployment front-b have no version",
  },
  {
    about: "it is being deleted",
    selector: { app: "frnot" },
    metadata: { deletionTimestamp: "2026-03-01T12:00:00Z" },
    workloads: FRONT,
    excuse: "deleted",
  },
  {
    about: "an operator's",
    selector: { app: "front", version: "v2" },
    metadata: { ownerReferences: [{ kind: "Cluster", name: "front", controller: true }] },
    workloads: FRONT,
    excuse: "operated",
  },
  {
    about: "replicas of a database that has none",
    name: "orders-db",
    selector: { application: "spilo", "cluster-name": "orders-db", "spilo-role": "replica" },
    workloads: { "orders-db": { application: "spilo", "cluster-name": "orders-db" } },
    excuse: "by_role",
  },
  {
    about: "a role that the template itself gives",
    selector: { app: "front", role: "main" },
    workloads: { front: { app: "front", role: "web" } },
    finds: "role=web",
  },
  {
    about: "a Service for each pod of a StatefulSet",
    name: "db-2",
    selector: { app: "db", "statefulset.kubernetes.io/pod-name": "db-2" },
    workloads: { db: { app: "db" } },
    excuse: "by_role",
  },
  {
    about: "the template that a rollout is at",
    selector: { app: "front", "rollouts-pod-template-hash": "7d9c" },
    workloads: FRONT,
    excuse: "by_role",
  },
  {
    about: "a canary at rest",
    name: "front-canary",
    selector: { app: "front", track: "canary" },
    workloads: { front: { app: "front", track: "main" } },
    excuse: "variant",
  },
  {
    about: "the other colour",
    selector: { app: "front", slot: "green" },
    workloads: { front: { app: "front", slot: "blue" } },
    excuse: "variant",
  },
  {
    about: "a Service of a version, which is not deployed",
    name: "front-v2",
    selector: { app: "front", version: "v2" },
    workloads: FRONT,
    excuse: "variant",
  },
];

for (const { about, name = "front", selector = {}, type, metadata, workloads, finds, excuse } of ROWS) {
  Deno.test(`service rules: ${about}`, () => {
    const templates = Object.entries(workloads).map(([name, labels]): WorkloadTemplate => ({
      kind: "Deployment",
      name,
      labels,
    }));
    const judge = createObjectJudge(OBJECT_RULES, {
      isNodeDown: () => false,
      nodesOut: () => 0,
      templatesOf: (namespace) => namespace === "shop" ? templates : [],
    });
    const service = viewService({
      metadata: { namespace: "shop", name, uid: "1", ...metadata },
      spec: { type, selector },
    });
    const [found] = service === null ? [] : judge.service(service);
    if (finds === undefined && excuse === undefined) return assert.equal(found, undefined, found?.finding.message);
    assert.ok(found);
    assert.equal(found.excuse, excuse ?? null);
    assert.ok(found.finding.message.includes(finds ?? ""), found.finding.message);
    assert.ok(found.finding.related !== undefined);
  });
}
