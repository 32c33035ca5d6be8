import assert from "node:assert/strict";
import process from "node:process";
import { jetstreamManager } from "@nats-io/jetstream";
import { eventually } from "../../sandbox/eventually.ts";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { recordReplicaRow } from "../../tasks/replica_report.ts";
import { AGENT_NAMESPACE } from "../support/shipped_manifests.ts";
import { openEventWriter, readStream } from "./fault_flow.ts";
import { openReplicaRig, type Replica, type ReplicaRig, STREAM } from "./replica_rig.ts";
import { replicaPlane } from "./replica_plane.ts";

const LONG = process.env.REPLICAS_LONG !== undefined;
const FAULTS = 300;
const PODS = Array.from({ length: FAULTS }, (_, pod) => `restart-${pod}`);
/** All four counts come within one window, also on a machine that does other things. */
const WINDOW_SECONDS = 45;
const PLAIN_STREAM = "PLAIN";
const never = new AbortController().signal;

/** A single agent, which keeps its place in a ConfigMap. */
const SINGLE = { replicas: { enabled: false }, events: { repeat_window: `${WINDOW_SECONDS}s` } };
/** The same for the same cluster, so that ids are the same, with subjects, a stream and a place of its own. */
const UNDISTURBED = {
  ...SINGLE,
  subject_prefix: "plain",
  nats: { stream: PLAIN_STREAM },
  state: { configmap: { name: "plain-state" } },
};

const watching = (replica: Replica) =>
  eventually("it watches", async () => (await replica.said("Watching events")).length > 0, 20_000);

/** `restart-7 4 <id>` for each report, sorted. */
async function toldIn(rig: ReplicaRig, stream: string): Promise<readonly string[]> {
  const messages = await readStream(rig.central, stream);
  return messages.flatMap(({ events }) =>
    events.map(({ id, labels, raw_data }) => `${labels.name} ${raw_data.count} ${id}`)
  )
    .sort();
}

const arrived = (rig: ReplicaRig, stream: string, count: number) =>
  eventually(`${count} reports are in ${stream}`, async () => {
    const { state } = await (await jetstreamManager(rig.central)).streams.info(stream);
    return state.messages >= count;
  }, (WINDOW_SECONDS + 20) * 1_000);

for (const signal of LONG ? ["SIGKILL", "SIGTERM"] as const : ["SIGKILL"] as const) {
  Deno.test(`replicas: a single agent that is restarted by ${signal} tells the very messages of one that is not`, async () => {
    await using plane = await replicaPlane();
    await using rig = await openReplicaRig(plane);
    await plane.kubectl(["create", "clusterrolebinding", "all", "--clusterrole=cluster-admin"].concat(
      `--serviceaccount=${AGENT_NAMESPACE}:agent`,
    ));
    await (await jetstreamManager(rig.central)).streams.add({ name: PLAIN_STREAM, subjects: ["plain.event.*"] });
    await using undisturbed = await rig.start("undisturbed", UNDISTURBED);
    await using first = await rig.start("first", SINGLE);
    for (const agent of [undisturbed, first]) await watching(agent);
    using events = openEventWriter(plane);
    const bringTo = (count: number, pods: readonly string[]) =>
      Promise.all(pods.map((pod) => count === 1 ? events.make(pod) : events.setCount(pod, count)));
    await bringTo(1, PODS);
    for (const stream of [STREAM, PLAIN_STREAM]) await arrived(rig, stream, FAULTS);
    const placeBefore = await rig.checkpointVersion();
    await eventually(
      "the reports are in the checkpoint",
      async () => await rig.checkpointVersion() !== placeBefore,
      15_000,
    );
    await bringTo(2, PODS);
    await bringTo(3, PODS.slice(FAULTS / 2)); // in the middle
    first.child.signal(signal);
    await first.child.exited;
    await bringTo(3, PODS.slice(0, FAULTS / 2));
    await using second = await rig.start("second", SINGLE);
    const last = bringTo(4, PODS); // while it catches up
    await watching(second);
    await last;
    for (const stream of [STREAM, PLAIN_STREAM]) await arrived(rig, stream, 2 * FAULTS);
    await systemClock.sleep(3_000, never); // what comes too much comes late
    const [told, plain] = [await toldIn(rig, STREAM), await toldIn(rig, PLAIN_STREAM)];
    assert.deepEqual(told, plain);
    assert.equal(told.length, 2 * FAULTS);
    await recordReplicaRow({
      scenario: `a single agent is restarted (${signal}), ${FAULTS} faults with four counts each`,
      runs: 1,
      gapsMs: [],
      events: told.length,
      lost: 0,
      copies: 0,
      extra: 0,
      note: "the very messages of an agent that was not restarted",
    });
  });
}
