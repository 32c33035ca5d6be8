import assert from "node:assert/strict";
import type { JetStreamManager } from "@nats-io/jetstream";
import { missingControlPlaneTools } from "../support/control_plane.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { startEventRig } from "../support/event_rig.ts";

const missing = await missingControlPlaneTools();
const ignore = missing.length > 0;
const why = ignore ? ` (skipped: no ${missing.join(", ")}; set KUBEBUILDER_ASSETS)` : "";
const names = (prefix: string, number: number) =>
  Array.from({ length: number }, (_, index) => `marker-${prefix}-${index}`);
const NOTHING_WRONG = { lost: 0, repeatedSameId: 0, repeatedOtherId: 0 };
const faultsOf = (
  { lost, repeatedSameId, repeatedOtherId }: { lost: number; repeatedSameId: number; repeatedOtherId: number },
) => ({
  lost,
  repeatedSameId,
  repeatedOtherId,
});

/** The stream holds each marker exactly once; it may be a moment behind its subscribers. */
async function storedOnce(manager: JetStreamManager, markers: readonly string[]): Promise<void> {
  await eventually("each marker once in the stream", async () => {
    assert.deepEqual(await storedCopies(manager, markers), []);
    return true;
  }, 90_000);
}

/** Markers that the stream does not hold exactly once, with how often it does. */
async function storedCopies(manager: JetStreamManager, markers: readonly string[]): Promise<string[]> {
  const counts = new Map<string, number>(markers.map((marker) => [marker, 0]));
  const { state } = await manager.streams.info("events");
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const message = await manager.streams.getMessage("events", { seq });
    const marker = /marker-[\w-]+/.exec(message?.string() ?? "")?.[0];
    if (marker !== undefined && counts.has(marker)) counts.set(marker, (counts.get(marker) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count !== 1).map(([marker, count]) => `${marker}: ${count}`);
}

Deno.test({ name: `e2e events: a burst of 2,000 arrives, each exactly once${why}`, ignore }, async () => {
  await using rig = await startEventRig({ config: "events: {repeat_window: 0s}\n" });
  await rig.startAgent();
  await rig.makeEvents(["marker-first"]);
  await rig.count(["marker-first"]);
  const markers = names("burst", 2_000);
  await rig.makeEvents(markers);
  assert.deepEqual(faultsOf(await rig.count(markers)), NOTHING_WRONG);
});

Deno.test(
  { name: `e2e events: with no repeat window each of 20 faults with 5 counts is reported${why}`, ignore },
  async () => {
    await using rig = await startEventRig({ config: "events: {repeat_window: 0s}\n" });
    await rig.startAgent();
    const markers = names("repeat", 20);
    for (let count = 1; count <= 5; count++) {
      await rig.makeEvents(markers, count);
      await eventually(
        `count ${count} of all`,
        () => markers.every((marker) => rig.reportsOf(marker).some((report) => report.count === count)) || undefined,
        30_000,
      );
    }
    const reports = markers.flatMap((marker) => rig.reportsOf(marker));
    assert.equal(reports.length, 100);
    assert.equal(new Set(reports.map(({ id }) => id)).size, 100);
  },
);

Deno.test({
  name: `e2e events: within the window the first is reported at once and the count at its end${why}`,
  ignore,
}, async () => {
  await using rig = await startEventRig({ config: "events: {repeat_window: 4s}\n" });
  await rig.startAgent();
  const markers = names("window", 20);
  await rig.makeEvents(markers);
  await rig.count(markers);
  for (let count = 2; count <= 5; count++) await rig.makeEvents(markers, count);
  await eventually(
    "the last count of all",
    () => markers.every((marker) => rig.reportsOf(marker).some(({ count }) => count === 5)) || undefined,
    30_000,
  );
  for (const marker of markers) assert.deepEqual(rig.reportsOf(marker).map(({ count }) => count), [1, 5]);
});

Deno.test(
  { name: `e2e outage: kube-apiserver killed and restarted three times, none lost, none twice${why}`, ignore },
  async () => {
    await using rig = await startEventRig();
    await rig.startAgent();
    const all = names("before", 50);
    await rig.makeEvents(all);
    for (const round of ["one", "two", "three"]) {
      await rig.plane.killApiServer();
      await rig.plane.startApiServer();
      const markers = names(round, 50);
      await rig.makeEvents(markers);
      all.push(...markers);
    }
    assert.deepEqual(faultsOf(await rig.count(all, 90_000)), NOTHING_WRONG);
  },
);

Deno.test({ name: `e2e outage: nats-server away during 300 events, none lost, none twice${why}`, ignore }, async () => {
  await using rig = await startEventRig();
  await rig.startAgent();
  const before = names("before", 20);
  await rig.makeEvents(before);
  await rig.count(before);
  await rig.nats.kill();
  const away = names("away", 300);
  await rig.makeEvents(away);
  await rig.nats.restart();
  assert.deepEqual(faultsOf(await rig.count([...before, ...away])), NOTHING_WRONG);
});

Deno.test(
  { name: `e2e restart: SIGKILL three times in a burst, with a checkpoint and JetStream${why}`, ignore },
  async () => {
    await using rig = await startEventRig({
      jetstream: true,
      config:
        "events: {repeat_window: 0s}\nnats: {delivery: jetstream}\nstate: {kind: file, path: '{dir}/state/checkpoint.json'}\n",
    });
    const { jetstreamManager } = await import("@nats-io/jetstream");
    const manager = await jetstreamManager(rig.collector.connection);
    await manager.streams.add({ name: "events", subjects: ["agent.event.*"], duplicate_window: 600_000_000_000 });
    await rig.startAgent();
    await rig.makeEvents(["marker-first"]);
    await rig.count(["marker-first"]);
    const markers = names("kill", 3_000);
    const burst = rig.makeEvents(markers);
    for (const share of [0.2, 0.45, 0.7]) {
      await eventually(
        "part of the burst",
        () => rig.collector.messages.length > share * markers.length || undefined,
        60_000,
      );
      await rig.agent().kill();
      await rig.startAgent();
    }
    await burst;
    const counted = await rig.count(markers, 90_000);
    assert.deepEqual([counted.lost, counted.repeatedOtherId], [0, 0]);
    const stored = await eventually("the stream has them all", async () => {
      const { state } = await manager.streams.info("events");
      return state.messages >= markers.length + 1 ? state.messages : undefined;
    });
    const others = rig.collector.messages.filter(({ subject, json }) =>
      subject.startsWith("agent.event.") && !/kill-|marker-first/.test(JSON.stringify(json))
    );
    assert.equal(stored, markers.length + 1, `copies in the stream, or other events: ${JSON.stringify(others)}`);
  },
);

Deno.test({
  name: `e2e restart: nats-server away for 10 s, the agent killed meanwhile, with a spool and JetStream${why}`,
  ignore,
}, async () => {
  await using rig = await startEventRig({
    jetstream: true,
    config: "events: {repeat_window: 0s}\nnats: {delivery: jetstream}\noutbox: {spool_dir: '{dir}/spool'}\n" +
      "state: {kind: file, path: '{dir}/state/checkpoint.json'}\n",
  });
  const { jetstreamManager } = await import("@nats-io/jetstream");
  const manager = await jetstreamManager(rig.collector.connection);
  await manager.streams.add({ name: "events", subjects: ["agent.event.*"], duplicate_window: 600_000_000_000 });
  await rig.startAgent();
  const first = names("first", 10);
  await rig.makeEvents(first);
  await rig.count(first);
  await rig.nats.kill();
  const away = names("away", 1_000);
  await rig.makeEvents(away.slice(0, 600));
  await rig.agent().kill();
  await rig.startAgent();
  await rig.makeEvents(away.slice(600));
  await rig.nats.restart();
  // A plain subscriber may be back after the agent, and misses what the stream took before.
  await storedOnce(manager, [...first, ...away]);
});

Deno.test({ name: `e2e lifecycle: SIGTERM ends within 3 s, with everything delivered${why}`, ignore }, async () => {
  await using rig = await startEventRig();
  await rig.startAgent();
  const markers = names("term", 300);
  await rig.makeEvents(markers);
  await rig.count(markers.slice(0, 1));
  const before = performance.now();
  const { code } = await rig.agent().stop();
  assert.equal(code, 0);
  assert.ok(performance.now() - before < 3_000);
  assert.deepEqual(faultsOf(await rig.count(markers, 5_000)), NOTHING_WRONG);
});
