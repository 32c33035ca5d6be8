import assert from "node:assert/strict";
import type { JsonObject } from "../inventory/json_field.ts";
import { createFaultTracker } from "./fault_tracker.ts";
import { createObjectJudge } from "./judge_object.ts";
import { OBJECT_RULES } from "./object_rules.ts";
import { createServiceObserver } from "./service_observer.ts";
import { createTemplateTable } from "./template_table.ts";

type Labels = Readonly<Record<string, string>>;

const MINUTE = 60_000;
const PATH = "/api/v1/services";
const KINDS = ["Deployment", "StatefulSet", "DaemonSet"];
const RULES = OBJECT_RULES.filter(({ kind }) => kind === "Service");

const workload = (name: string, labels: Labels): JsonObject => ({
  metadata: { name, namespace: "shop" },
  spec: { template: { metadata: { labels } } },
});
const service = (name: string, selector: Labels): JsonObject => ({
  metadata: { name, namespace: "shop", uid: `uid-${name}` },
  spec: { selector },
});

/** The observer with a tracker of its own, and pods that a test says are there. */
function rig() {
  let nowMs = 0;
  const pods = new Set<string>();
  const templates = createTemplateTable(KINDS.length);
  const tracker = createFaultTracker({ backlogMs: 0, population: () => null, onOverflow() {} });
  const judge = createObjectJudge(RULES, { isNodeDown: () => false, nodesOut: () => 0, templatesOf: templates.of });
  const observer = createServiceObserver({
    judge,
    tracker,
    templates,
    lists: 1,
    now: () => nowMs,
    onFinding() {},
    isExcluded: (namespace) => namespace === "away",
  });
  let asked = 0;
  return {
    templates,
    tracker,
    observer,
    pods,
    asked: () => asked,
    listWorkloads(workloads: Readonly<Record<string, Labels>>) {
      for (const kind of KINDS) {
        templates.listStarted(kind, null);
        if (kind === "Deployment") {
          for (const [name, labels] of Object.entries(workloads)) templates.put(kind, workload(name, labels));
        }
        templates.listed(kind, null);
      }
    },
    listServices(services: Readonly<Record<string, Labels>>) {
      observer.listStarted?.(PATH);
      for (const [name, selector] of Object.entries(services)) {
        observer.change({ type: "ADDED", object: service(name, selector), listed: true });
      }
      observer.listed?.(PATH);
    },
    /** What is told until so many minutes have passed. */
    pass(minutes: number): readonly string[] {
      const told: string[] = [];
      for (let step = 0; step < minutes * 2; step++) {
        observer.review();
        for (const question of observer.questions(2)) {
          asked++;
          observer.answer(question, pods.has(question.labelSelector));
        }
        const { reports, ends } = tracker.step(nowMs);
        told.push(...reports.map(({ object, related }) => `${object.name} -> ${related?.name}`));
        told.push(...ends.map(({ by, proof }) => `${by}: ${proof}`));
        nowMs += MINUTE / 2;
      }
      return told;
    },
  };
}

Deno.test("service observer: a selector that fits nothing is told after ten minutes, and its end when a workload fits", () => {
  const { listServices, listWorkloads, observer, pass, asked } = rig();
  listServices({ front: { app: "front", version: "v2" }, back: { app: "back" } });
  assert.deepEqual(pass(20), [], "nothing is known of workloads yet");
  listWorkloads({ front: { app: "front", version: "v1" }, back: { app: "back" } });
  assert.deepEqual(pass(9), []);
  assert.deepEqual(pass(3), ["front -> front"]);
  assert.ok(asked() <= 12, `${asked()} questions in as many minutes`);
  observer.change({ type: "MODIFIED", object: service("front", { app: "front", version: "v1" }), listed: false });
  assert.deepEqual(pass(1), ["objects: Service shop/front: its selector fits pods or the template of a workload"]);
  const before = asked();
  assert.deepEqual(pass(60), []);
  assert.equal(asked(), before, "what fits a workload costs no request");
});

Deno.test("service observer: pods that no workload made end it, and once they go it is at rest", () => {
  const { listServices, listWorkloads, pass, pods, asked } = rig();
  listWorkloads({ front: { app: "front", version: "v1" } });
  listServices({ front: { app: "front", version: "v2" } });
  assert.deepEqual(pass(12), ["front -> front"]);
  pods.add("app=front,version=v2");
  assert.deepEqual(pass(2), ["objects: Service shop/front: its selector fits pods or the template of a workload"]);
  const before = asked();
  pass(60);
  assert.ok(asked() - before <= 7, `${asked() - before} questions in an hour`);
  pods.clear();
  assert.deepEqual(pass(60), []);
});

Deno.test("service observer: a rollout that changes labels is told once its old pods are gone", () => {
  const { listServices, listWorkloads, pass, pods, templates } = rig();
  listWorkloads({ front: { app: "front", version: "v1" } });
  listServices({ front: { app: "front", version: "v1" } });
  assert.deepEqual(pass(5), []);
  templates.put("Deployment", workload("front", { app: "front", version: "v2" }));
  pods.add("app=front,version=v1");
  assert.deepEqual(pass(5), []);
  pods.clear();
  assert.deepEqual(pass(25), ["front -> front"]);
});

Deno.test("service observer: a Service that is deleted, or missing in a list, is gone", () => {
  const { listServices, listWorkloads, observer, pass } = rig();
  listWorkloads({ a: { app: "x" }, b: { app: "y" } });
  listServices({ a: { app: "1" }, b: { app: "2" } });
  assert.deepEqual(pass(12), ["a -> a", "b -> b"]);
  observer.change({ type: "DELETED", object: service("a", { app: "1" }), listed: false });
  assert.deepEqual(pass(1), ["gone: Service shop/a was deleted"]);
  listServices({});
  assert.deepEqual(pass(1), ["gone: Service shop/b was deleted"]);
});

Deno.test("service observer: a workload that is scaled to zero, deleted or away leaves nothing to tell", () => {
  const { listServices, listWorkloads, observer, pass, templates, asked } = rig();
  listWorkloads({ front: { app: "front" } });
  listServices({ front: { app: "front" } });
  assert.deepEqual(pass(20), []); // no pod at all
  templates.remove("Deployment", workload("front", { app: "front" }));
  assert.deepEqual(pass(20), []);
  const elsewhere = { metadata: { name: "front", namespace: "away", uid: "1" }, spec: { selector: { app: "x" } } };
  observer.change({ type: "ADDED", object: elsewhere, listed: false });
  assert.deepEqual(pass(20), []);
  assert.equal(asked(), 0);
});

Deno.test("service observer: a fault that was open before a restart is not ended by what is not read yet", () => {
  const first = rig();
  first.listWorkloads({ front: { app: "front" } });
  first.listServices({ front: { app: "frnot" } });
  first.pass(12);
  const [fault] = first.tracker.openFaults();
  const [member] = fault?.members ?? [];
  assert.ok(fault !== undefined && member !== undefined && fault.reportedAtMs !== null);
  const second = rig();
  second.tracker.restore(
    { ...fault, reportedAtMs: fault.reportedAtMs },
    [{ ref: member.object.ref, finding: member.finding, sinceMs: member.sinceMs, deaths: [] }],
  );
  second.listServices({ front: { app: "frnot" } });
  assert.deepEqual(second.pass(30), []);
  second.listWorkloads({ front: { app: "front" } });
  assert.deepEqual(second.pass(30), []);
  second.listWorkloads({ front: { app: "frnot" } });
  assert.deepEqual(second.pass(1), [
    "objects: Service shop/front: its selector fits pods or the template of a workload",
  ]);
});
