import assert from "node:assert/strict";
import process from "node:process";
import { missingControlPlaneTools } from "../support/control_plane.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { type ObjectRig, startObjectRig } from "../support/object_rig.ts";
import { createOwnNodes, PLANTED_FAULTS } from "../support/planted_faults.ts";

const NODES = 4;
const missing = await missingControlPlaneTools({ nodes: NODES });
const ignore = missing.length > 0;
const why = ignore ? ` (skipped: no ${missing.join(", ")}; set KUBEBUILDER_ASSETS)` : "";
const DAY_MS = 86_400_000;
const WAIT_MS = 90_000;

/** Nodes of the test's own have no kubelet, and autoscalers are what the test writes. */
const CONTROLLERS = ["--node-monitor-grace-period=2h", "--controllers=*,-horizontal-pod-autoscaler-controller"];

/** Planted faults that the agent has not told of yet, or whose end it has not told. */
function untold(rig: ObjectRig): readonly string[] {
  const heard = new Set(
    rig.reports().map(({ event }) => `${event.rule} ${event.labels.owner_name ?? event.labels.name}`),
  );
  return PLANTED_FAULTS.filter(({ rule, name }) => !heard.has(`${rule} ${name}`)).map(({ rule }) => rule);
}

Deno.test({ name: `e2e objects: every rule finds its fault and its end${why}`, ignore }, async () => {
  await using rig = await startObjectRig({
    nodes: NODES,
    controllerArgs: CONTROLLERS,
    certificateEnds: new Date(Date.now() + 10 * DAY_MS),
    forTime: "2s",
    holdTime: "2s",
  });
  await createOwnNodes(rig);
  await rig.startAgent();
  await eventually(
    "the certificate is told",
    () => rig.reports().some(({ event }) => event.rule === "certificate.api_server.ends") || undefined,
    WAIT_MS,
  );
  for (const fault of PLANTED_FAULTS) await fault.plant(rig);
  await eventually("every planted fault is reported", () => {
    assert.deepEqual(untold(rig), []);
    return true;
  }, WAIT_MS);
  for (const fault of PLANTED_FAULTS) await fault.mend?.(rig);
  await rig.plane.renewCertificate();
  await rig.plane.killApiServer();
  await rig.plane.startApiServer();
  const expected = [
    ...PLANTED_FAULTS.map(({ rule, by }) => `${rule} by ${by}`),
    "certificate.api_server.ends by objects",
  ];
  await eventually("every fault has ended, the right way", async () => {
    const ends = new Set((await rig.ends()).map(({ rule, by }) => `${rule} by ${by}`));
    assert.deepEqual(expected.filter((end) => !ends.has(end)), []);
    return true;
  }, WAIT_MS);
  const ids = rig.reports().map(({ event }) => event.id);
  process.stdout.write(`planted ${expected.length}; reports ${ids.length}, of ${new Set(ids).size} ids\n`);
});
