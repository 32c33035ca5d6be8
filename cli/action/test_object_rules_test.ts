import assert from "node:assert/strict";
import { utimes, writeFile } from "node:fs/promises";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { objectShape, podShape, SHAPE_TIME, terminated, waiting } from "../../test/support/object_shapes.ts";
import { runProgramUnderTest } from "../../test/support/program_under_test.ts";

const NOON = new Date(SHAPE_TIME);
const LATER = new Date(NOON.getTime() + 12 * 60_000);
const PENDING = { phase: "Pending", conditions: { Ready: "False" } } as const;
const KILLED = podShape({
  name: "web-6c9f7d5b8-aaaaa",
  containers: [{ restartCount: 1, lastState: terminated("OOMKilled", 137) }],
});
const NO_IMAGE = podShape({
  name: "api-6c9f7d5b8-bbbbb",
  ...PENDING,
  metadata: {
    uid: "b",
    labels: { "pod-template-hash": "6c9f7d5b8" },
    ownerReferences: [{ kind: "ReplicaSet", name: "api-6c9f7d5b8", controller: true }],
  },
  containers: [{ ready: false, state: waiting("ImagePullBackOff") }],
});
const GOING = podShape({
  name: "old-1",
  metadata: { uid: "c", deletionTimestamp: "2026-03-01T12:05:00Z" },
  containers: [{ ready: false, state: terminated("Error", 143) }],
  conditions: { Ready: "False" },
});
const STUCK = objectShape("Deployment", {
  spec: { replicas: 3 },
  status: { availableReplicas: 3 },
  conditions: { Progressing: { status: "False", reason: "ProgressDeadlineExceeded" } },
});

async function judge(args: readonly string[], files: Readonly<Record<string, readonly [unknown[], Date]>>) {
  await using dir = await createTempDir();
  for (const [name, [items, at]] of Object.entries(files)) {
    await writeFile(dir.file(name), JSON.stringify({ kind: "List", items }));
    await utimes(dir.file(name), at, at);
  }
  const paths = args.map((arg) => arg.endsWith(".json") ? dir.file(arg) : arg);
  const run = await runProgramUnderTest(["test-rules", "--objects", ...paths, "--output", "json"]);
  assert.equal(run.exitCode, 0, run.stderr);
  const lines = run.stdout.trim().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  return lines.map((line) =>
    [line.verdict, line.new ? "new" : "", line.rule, line.name, line.excuse ?? ""].join(" ").trim()
  );
}

Deno.test("test-rules --objects judges a dump as old as its file", async () => {
  const given = { "now.json": [[KILLED, NO_IMAGE, GOING, STUCK], NOON] as const };
  assert.deepEqual(await judge(["now.json"], { "now.json": [[...given["now.json"][0]], NOON] }), [
    "fault  oom.container.killed web-6c9f7d5b8-aaaaa",
    "fault  deployment.rollout.stuck web",
    "waiting  image.container.waiting api-6c9f7d5b8-bbbbb",
    "waiting  lifecycle.pod.terminating old-1",
    "excused  crash.container.exit old-1 deleted",
  ]);
  assert.deepEqual(await judge(["now.json"], { "now.json": [[KILLED, NO_IMAGE], LATER] }), [
    "fault  image.container.waiting api-6c9f7d5b8-bbbbb",
    "past  oom.container.killed web-6c9f7d5b8-aaaaa",
  ]);
});

Deno.test("test-rules --objects judges Services beside the workloads and pods of the dump", async () => {
  const workload = objectShape("Deployment", {
    spec: { replicas: 1, template: { metadata: { labels: { app: "web", version: "v1" } } } },
    status: { availableReplicas: 1 },
  });
  const pod = podShape({ name: "by-hand", metadata: { labels: { app: "web", tier: "hand" } } });
  const serviceOf = (name: string, selector: object) => ({
    kind: "Service",
    metadata: { name, namespace: "shop", uid: name },
    spec: { selector },
  });
  const items = [
    workload,
    pod,
    serviceOf("web", { app: "web", version: "v2" }),
    serviceOf("web-preview", { app: "web", version: "v3" }),
    serviceOf("good", { app: "web" }),
    serviceOf("hand", { app: "web", tier: "hand" }),
    serviceOf("leftover", { app: "gone" }),
  ];
  const excused = "excused  network.service.selects_none web-preview variant";
  assert.deepEqual(await judge(["now.json"], { "now.json": [items, NOON] }), [
    "waiting  network.service.selects_none web",
    excused,
  ]);
  const files = { "before.json": [items, NOON] as [unknown[], Date], "now.json": [items, LATER] as [unknown[], Date] };
  assert.deepEqual(await judge(["now.json", "--before", "before.json"], files), [
    "fault new network.service.selects_none web",
    excused,
  ]);
});

Deno.test("test-rules --objects --before says what is new and what has ended", async () => {
  const well = podShape({ name: "web-6c9f7d5b8-aaaaa" });
  const files = {
    "before.json": [[NO_IMAGE, STUCK, well], LATER] as [unknown[], Date],
    "now.json": [
      [{ ...NO_IMAGE, status: podShape().status }, STUCK, KILLED],
      new Date(LATER.getTime() - 10 * 60_000),
    ] as [unknown[], Date],
  };
  assert.deepEqual(await judge(["--before", "before.json", "now.json"], files), [
    "fault new oom.container.killed web-6c9f7d5b8-aaaaa",
    "fault  deployment.rollout.stuck web",
    "ended  image.container.waiting api-6c9f7d5b8-bbbbb",
  ]);
});

Deno.test("test-rules --objects prints a table, and refuses what is no object", async () => {
  const run = await runProgramUnderTest(["test-rules", "--objects"], { stdin: JSON.stringify([STUCK]) });
  assert.match(
    run.stdout,
    /shop\/Deployment\/web +fault +\S+ +high +deployment\.rollout\.stuck +Deployment web: The rollout/,
  );
  assert.match(run.stdout, /\n1 fault in 1 object\n$/);
  const none = await runProgramUnderTest(["test-rules", "--objects"], { stdin: "[7]" });
  assert.equal(none.exitCode, 65);
  assert.match(none.stderr, /standard input: item 1: found 7, not an object with a kind/);
});

Deno.test("test-rules --before without --objects is bad usage", async () => {
  assert.equal((await runProgramUnderTest(["test-rules", "--before", "x.json"], { stdin: "[]" })).exitCode, 2);
});

Deno.test("test-rules --objects: a dump of Events alone is refused, with the way to judge them", async () => {
  await using dir = await createTempDir();
  await writeFile(dir.file("events.json"), JSON.stringify({ kind: "List", items: [{ kind: "Event", metadata: {} }] }));
  const run = await runProgramUnderTest(["test-rules", "--objects", dir.file("events.json")]);
  assert.deepEqual([run.exitCode, run.stdout], [65, ""]);
  assert.match(run.stderr, /holds Events alone, which are classified without --objects; kubectl get pods,nodes/);
});
