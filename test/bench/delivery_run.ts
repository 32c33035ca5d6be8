/**
 * One delivery run in a process of its own, so that each begins with a fresh heap. Its argument is a `DeliveryPlan` as
 * JSON, its answer `DeliveryFigures`.
 */
import process from "node:process";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { startBareRig } from "./bare_rig.ts";
import { type DeliveryRig, startDeliveryRig } from "./delivery_rig.ts";
import { readProcessFigures } from "../support/process_figures.ts";
import { type DeliveryPlan, deliveryPlanSchema, latencyOf } from "./variant.ts";

/** Runs before the burst and is not counted: what is compiled and allocated once. */
const never = new AbortController().signal;
const WARM_UP = 2_000;

/** Sends `events` as fast as they are taken and waits until all are confirmed. */
async function burst(rig: DeliveryRig, events: number): Promise<void> {
  const goal = rig.delivered() + events;
  const done = Promise.withResolvers<void>();
  rig.listen((count) => {
    if (count === goal) done.resolve();
  });
  for (let sent = 0; sent < events; sent++) await rig.send();
  await done.promise;
}

/** Sends at a steady pace and returns how long each took; order is kept, so the n-th confirmed is the n-th sent. */
async function pacedLatency(rig: DeliveryRig, { perSecond, events }: DeliveryPlan["paced"]): Promise<number[]> {
  const first = rig.delivered();
  const sentAtMs: number[] = [];
  const samples: number[] = [];
  const done = Promise.withResolvers<void>();
  rig.listen((count) => {
    samples.push(performance.now() - (sentAtMs[count - first - 1] ?? NaN));
    if (samples.length === events) done.resolve();
  });
  const startMs = performance.now();
  while (sentAtMs.length < events) {
    const due = Math.min(events, Math.floor((performance.now() - startMs) / 1000 * perSecond) + 1);
    while (sentAtMs.length < due) {
      sentAtMs.push(performance.now());
      await rig.send();
    }
    await systemClock.sleep(1000 / perSecond, never);
  }
  if (events > 0) await done.promise;
  return samples;
}

const plan = deliveryPlanSchema.parse(JSON.parse(process.argv[2] ?? ""));
const rig = plan.variant.bare ? await startBareRig(plan) : await startDeliveryRig(plan);
await burst(rig, WARM_UP);
const cpu = process.cpuUsage();
const wireBytes = rig.wireBytes();
const startMs = performance.now();
await burst(rig, plan.events);
const seconds = (performance.now() - startMs) / 1000;
const { user, system } = process.cpuUsage(cpu);
const sentBytes = rig.wireBytes() - wireBytes;
const { peakMegabytes } = await readProcessFigures("self");
const samples = await pacedLatency(rig, plan.paced);
await rig.end();
process.stdout.write(
  JSON.stringify({
    eventsPerSecond: Math.round(plan.events / seconds),
    cpuMicrosPerEvent: Math.round((user + system) / plan.events * 10) / 10,
    peakMegabytes,
    wireBytesPerEvent: Math.round(sentBytes / plan.events),
    latencyMs: latencyOf(samples),
  }) + "\n",
);
process.exit(0);
