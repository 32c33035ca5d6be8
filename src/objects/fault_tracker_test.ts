import assert from "node:assert/strict";
import { createFaultTracker, type FaultTracker } from "./fault_tracker.ts";
import type { Finding, Judgement, ObjectRule } from "./object_rule.ts";
import { OBJECT_RULES } from "./object_rules.ts";
import { faultSnapshotSchema, restoreFaults, takeFaultSnapshot } from "./fault_snapshot.ts";

const SECOND = 1_000;
const MINUTE = 60_000;
const WEB = { kind: "Deployment", name: "web" };

function ruleOf(id: string): ObjectRule {
  const rule = OBJECT_RULES.find((one) => one.id === id);
  assert.ok(rule !== undefined);
  return rule;
}

/** A tracker with a clock of its own: `at` moves it, and each step's words are kept. */
function start(options: { pods?: number; ready?: number; maxSuspects?: number } = {}) {
  const world = { pods: options.pods ?? 10, ready: options.ready ?? 10, overflows: 0, now: 0 };
  const said: string[] = [];
  const tracker = createFaultTracker({
    backlogMs: 5 * MINUTE,
    population: (_namespace, owner) => owner.kind === "Pod" ? null : { pods: world.pods, ready: world.ready },
    onOverflow: () => world.overflows++,
    ...(options.maxSuspects === undefined ? {} : { maxSuspects: options.maxSuspects }),
  });
  /** What a snapshot holds never changes without another revision: nothing else says that there is something to save. */
  let seen = { revision: tracker.revision(), snapshot: JSON.stringify(takeFaultSnapshot(tracker)) };
  const checkRevision = () => {
    const now = { revision: tracker.revision(), snapshot: JSON.stringify(takeFaultSnapshot(tracker)) };
    if (now.revision === seen.revision) assert.equal(now.snapshot, seen.snapshot);
    seen = now;
  };
  /** Goes on until `atMs`, stopping wherever the tracker wants to be asked. */
  const goTo = (atMs: number) => {
    for (let rounds = 0; rounds < 1_000; rounds++) {
      const { reports, ends, nextAtMs } = tracker.step(world.now);
      checkRevision();
      for (const { rule, severity, object, affected } of reports) {
        said.push(`${rule.id} ${severity} ${object.name} ${affected.objects}/${affected.of}`);
      }
      for (const { rule, by } of ends) said.push(`end of ${rule.id} by ${by}`);
      if (nextAtMs === null || nextAtMs > atMs) break;
      world.now = Math.max(world.now, nextAtMs);
    }
    world.now = atMs;
    tracker.step(atMs);
    checkRevision();
  };
  return {
    tracker,
    world,
    said,
    goTo,
    see: (pod: string, found: readonly Judgement[], more: { listed?: boolean; uid?: string; bare?: boolean } = {}) => {
      const ref = { kind: "Pod", namespace: "shop", name: pod, uid: more.uid ?? `uid of ${pod}` };
      tracker.observe({ ref, owner: more.bare ? null : WEB, listed: more.listed ?? false }, found, world.now);
      checkRevision();
    },
    remove(pod: string) {
      tracker.remove({ kind: "Pod", namespace: "shop", name: pod }, world.now);
      checkRevision();
    },
  };
}

const found = (id: string, finding: Partial<Finding> = {}, excuse: string | null = null): readonly Judgement[] => [{
  rule: ruleOf(id),
  finding: { container: "app", reason: "Because", message: "It is so", sinceMs: 0, occurrence: "1", ...finding },
  excuse,
}];
const oom = (occurrence: string, sinceMs: number, wellSinceMs?: number) =>
  found("oom.container.killed", { occurrence, sinceMs, ...(wellSinceMs === undefined ? {} : { wellSinceMs }) });

const TOLD = "oom.container.killed high web-1 1/10";

Deno.test("fault tracker: one death in state, in lastState and in a list is one report, and ends when the container has been well", () => {
  const { see, goTo, said, tracker } = start();
  see("web-1", oom("c1", 0));
  goTo(SECOND);
  see("web-1", oom("c1", 0, 2 * SECOND));
  tracker.listStarted("Pod", null);
  see("web-1", oom("c1", 0, 2 * SECOND), { listed: true });
  tracker.listed("Pod", null, 3 * SECOND);
  goTo(10 * MINUTE);
  assert.deepEqual(said, [TOLD]);
  goTo(10 * MINUTE + 3 * SECOND);
  assert.deepEqual(said, [TOLD, "end of oom.container.killed by objects"]);
  see("web-1", oom("c1", 0, 2 * SECOND)); // lastState stays for the life of the container
  goTo(20 * MINUTE);
  assert.equal(said.length, 2);
});

Deno.test("fault tracker: pods of one owner that die together are one report", () => {
  const { see, goTo, said } = start();
  see("web-2", oom("c2", 5));
  see("web-1", oom("c1", 4));
  goTo(SECOND);
  assert.deepEqual(said, ["oom.container.killed high web-1 2/10"]);
});

Deno.test("fault tracker: the third death within an hour raises the severity, and an hour later it is told again", () => {
  const { see, goTo, said } = start();
  const crash = (occurrence: string, sinceMs: number) => found("crash.container.exit", { occurrence, sinceMs });
  for (const minute of [0, 4, 8, 12, 80]) {
    goTo(minute * MINUTE);
    see("web-1", crash(`c${minute}`, minute * MINUTE));
    goTo(minute * MINUTE + SECOND);
  }
  assert.deepEqual(said, [
    "crash.container.exit medium web-1 1/10",
    "crash.container.exit high web-1 1/10",
    "crash.container.exit high web-1 1/10",
  ]);
});

Deno.test("fault tracker: a death in a list is news only when it is young", () => {
  const { see, goTo, said, world } = start();
  goTo(60 * MINUTE);
  see("web-1", oom("c1", world.now - 6 * MINUTE), { listed: true });
  see("web-2", oom("c2", world.now - 4 * MINUTE), { listed: true });
  see("web-3", oom("c3", world.now - 20 * MINUTE)); // a kubelet that was cut off
  see("web-4", oom("c4", world.now - 3 * 60 * MINUTE)); // some change of a pod that died long ago
  goTo(61 * MINUTE);
  assert.deepEqual(said, ["oom.container.killed high web-3 2/10"]);
});

Deno.test("fault tracker: a state is a fault when it has held for its time, counted from its own time", () => {
  const { see, goTo, said } = start();
  goTo(3 * MINUTE);
  see("web-1", found("scheduling.pod.pending", { sinceMs: MINUTE }));
  goTo(6 * MINUTE);
  assert.deepEqual(said, []);
  goTo(6 * MINUTE + 5 * SECOND);
  assert.deepEqual(said, ["scheduling.pod.pending high web-1 1/10"]);
  see("web-1", []);
  goTo(6 * MINUTE + 6 * SECOND);
  assert.deepEqual(said.slice(1), ["end of scheduling.pod.pending by objects"]);
});

Deno.test("fault tracker: a state that goes before its time was nothing", () => {
  const { see, goTo, said, tracker } = start();
  see("web-1", found("scheduling.pod.pending"));
  goTo(4 * MINUTE);
  see("web-1", []);
  goTo(20 * MINUTE);
  assert.deepEqual(said, []);
  assert.ok(tracker.isEmpty());
});

Deno.test("fault tracker: what moves has its time anew", () => {
  const { see, goTo, said } = start();
  for (const minute of [0, 10, 20]) {
    goTo(minute * MINUTE);
    see(
      "web-1",
      found("deployment.stateful_set.stuck", { sinceMs: null, progress: `${minute}`, occurrence: `${minute}` }),
    );
  }
  goTo(34 * MINUTE);
  assert.deepEqual(said, []);
  goTo(36 * MINUTE);
  assert.equal(said.length, 1);
});

Deno.test("fault tracker: a crash loop that runs for two minutes has not ended", () => {
  const { see, goTo, said } = start();
  const loop = (finding: Partial<Finding> = {}) => found("crash.container.loop", { sinceMs: null, ...finding });
  see("web-1", loop());
  for (let minute = 5; minute <= 30; minute += 5) {
    goTo(minute * MINUTE);
    see("web-1", loop({ continuing: true, wellSinceMs: minute * MINUTE }));
    goTo((minute + 2) * MINUTE);
    see("web-1", loop({ occurrence: `${minute}` }));
  }
  goTo(33 * MINUTE);
  assert.deepEqual(said, ["crash.container.loop high web-1 1/10"]);
  see("web-1", loop({ continuing: true, wellSinceMs: 33 * MINUTE }));
  goTo(42 * MINUTE);
  assert.equal(said.length, 1);
  goTo(44 * MINUTE);
  assert.deepEqual(said.slice(1), ["end of crash.container.loop by objects"]);
});

Deno.test("fault tracker: an excuse opens nothing and ends nothing", () => {
  const { see, goTo, said } = start();
  see("web-1", found("probe.pod.not_ready", {}, "job"));
  see("web-2", found("probe.pod.not_ready"));
  goTo(16 * MINUTE);
  see("web-2", found("probe.pod.not_ready", {}, "deleted"));
  goTo(60 * MINUTE);
  assert.deepEqual(said, ["probe.pod.not_ready medium web-2 1/10"]);
});

Deno.test("fault tracker: a pod that is replaced by one that fails the same way is the same fault", () => {
  const { see, goTo, said, remove } = start();
  const image = (sinceMs: number) => found("image.container.waiting", { sinceMs });
  see("web-1", image(0));
  goTo(6 * MINUTE);
  remove("web-1");
  see("web-2", image(6 * MINUTE));
  goTo(12 * MINUTE);
  assert.deepEqual(said, ["image.container.waiting high web-1 1/10"]);
  remove("web-2");
  goTo(18 * MINUTE);
  assert.deepEqual(said.slice(1), ["end of image.container.waiting by objects"]);
});

Deno.test("fault tracker: an owner without pods is gone", () => {
  const { see, goTo, said, remove, world } = start();
  see("web-1", found("image.container.waiting"));
  goTo(6 * MINUTE);
  world.pods = 0;
  remove("web-1");
  goTo(7 * MINUTE);
  assert.deepEqual(said.slice(1), ["end of image.container.waiting by gone"]);
});

Deno.test("fault tracker: a pod of nobody is gone when it is deleted, and so is what a list lacks", () => {
  const { see, goTo, said, remove, tracker, world } = start();
  see("lone-1", found("image.container.waiting"), { bare: true });
  see("lone-2", found("image.container.waiting"), { bare: true });
  goTo(6 * MINUTE);
  remove("lone-1");
  tracker.listStarted("Pod", null);
  tracker.listed("Pod", null, world.now);
  goTo(7 * MINUTE);
  assert.deepEqual(said.slice(2), [
    "end of image.container.waiting by gone",
    "end of image.container.waiting by gone",
  ]);
});

Deno.test("fault tracker: a list of one namespace says nothing of the others", () => {
  const { see, goTo, said, tracker, world } = start();
  see("web-1", found("image.container.waiting"));
  goTo(6 * MINUTE);
  tracker.listStarted("Pod", "other");
  tracker.listed("Pod", "other", world.now);
  tracker.listStarted("Node", null);
  tracker.listed("Node", null, world.now);
  goTo(12 * MINUTE);
  assert.equal(said.length, 1);
});

Deno.test("fault tracker: another pod under the same name is another pod", () => {
  const { see, goTo, said, tracker } = start();
  see("db-0", found("scheduling.pod.pending"), { uid: "a" });
  goTo(4 * MINUTE);
  see("db-0", [], { uid: "b" });
  goTo(6 * MINUTE);
  assert.deepEqual(said, []);
  assert.ok(tracker.isEmpty());
});

Deno.test("fault tracker: what is too much to follow is counted", () => {
  const { see, world, tracker } = start({ maxSuspects: 2 });
  for (const pod of ["web-1", "web-2", "web-3"]) see(pod, found("scheduling.pod.pending"));
  assert.equal(tracker.suspects(), 2);
  assert.equal(world.overflows, 1);
});

Deno.test("fault tracker: suspects are forgotten with their objects", () => {
  const { see, remove, tracker, goTo } = start();
  const many: FaultTracker = tracker;
  for (let pod = 0; pod < 100; pod++) see(`web-${pod}`, oom(`c${pod}`, 0));
  goTo(SECOND);
  for (let pod = 0; pod < 100; pod++) remove(`web-${pod}`);
  goTo(20 * MINUTE);
  assert.equal(many.suspects(), 0);
  assert.ok(many.isEmpty());
});

Deno.test("fault tracker: a fault from before a restart is not told again, and its end is", () => {
  const before = start();
  before.see("web-1", found("image.container.waiting"));
  before.see("web-2", oom("c2", 5 * MINUTE));
  before.goTo(6 * MINUTE);
  const kept = takeFaultSnapshot(before.tracker);
  assert.equal(kept.faults.length, 2);

  const after = start();
  after.goTo(7 * MINUTE);
  restoreFaults(after.tracker, faultSnapshotSchema.parse(JSON.parse(JSON.stringify(kept))), OBJECT_RULES);
  after.tracker.listStarted("Pod", null);
  after.see("web-1", found("image.container.waiting"), { listed: true });
  after.see("web-2", oom("c2", 5 * MINUTE, 5 * MINUTE), { listed: true });
  after.tracker.listed("Pod", null, after.world.now);
  after.goTo(14 * MINUTE);
  assert.deepEqual(after.said, []);
  after.see("web-1", []);
  after.goTo(16 * MINUTE);
  assert.deepEqual(after.said, [
    "end of image.container.waiting by objects",
    "end of oom.container.killed by objects",
  ]);
});

Deno.test("fault tracker: what was mended or deleted while nobody looked has ended", () => {
  const before = start();
  before.see("web-1", found("image.container.waiting", { container: "a" }), { bare: true });
  before.see("web-2", found("image.container.waiting", { container: "b" }), { bare: true });
  before.goTo(6 * MINUTE);
  const after = start();
  after.goTo(7 * MINUTE);
  restoreFaults(after.tracker, takeFaultSnapshot(before.tracker), OBJECT_RULES);
  after.tracker.listStarted("Pod", null);
  after.see("web-1", [], { listed: true, bare: true });
  after.tracker.listed("Pod", null, after.world.now);
  after.goTo(8 * MINUTE);
  assert.deepEqual(after.said.sort(), [
    "end of image.container.waiting by gone",
    "end of image.container.waiting by objects",
  ]);
});

Deno.test("fault tracker: what was over before a restart is not told again", () => {
  const before = start();
  before.see("web-1", oom("c1", 0, SECOND));
  before.goTo(11 * MINUTE);
  assert.equal(before.said.length, 2);
  const after = start();
  after.goTo(12 * MINUTE);
  restoreFaults(after.tracker, takeFaultSnapshot(before.tracker), OBJECT_RULES);
  after.see("web-1", oom("c1", 0, SECOND)); // any change of the pod
  after.goTo(20 * MINUTE);
  assert.deepEqual(after.said, []);
  after.see("web-1", oom("c2", 20 * MINUTE));
  after.goTo(21 * MINUTE);
  assert.deepEqual(after.said, [TOLD]);
});

Deno.test("fault tracker: a first report that was lost is made again, of the same object", () => {
  const { see, goTo, said, tracker } = start();
  see("web-2", oom("c2", 2));
  see("web-1", oom("c1", 1));
  goTo(SECOND);
  const [fault] = tracker.openFaults();
  assert.ok(fault !== undefined);
  tracker.noteIncident(fault.key, "an incident");
  tracker.reportAgain(fault.key, 31 * SECOND);
  goTo(30 * SECOND);
  assert.equal(said.length, 1);
  goTo(32 * SECOND);
  assert.deepEqual(said, ["oom.container.killed high web-1 2/10", "oom.container.killed high web-1 2/10"]);
});

Deno.test("fault tracker: an incident whose report was lost ends all the same", () => {
  const { see, goTo, said, tracker, remove } = start();
  see("lone", found("image.container.waiting"), { bare: true });
  goTo(6 * MINUTE);
  const [fault] = tracker.openFaults();
  assert.ok(fault !== undefined);
  tracker.noteIncident(fault.key, "an incident");
  tracker.reportAgain(fault.key, 7 * MINUTE);
  remove("lone");
  goTo(8 * MINUTE);
  assert.deepEqual(said.slice(1), ["end of image.container.waiting by gone"]);
});
