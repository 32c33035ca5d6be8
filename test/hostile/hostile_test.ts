import assert from "node:assert/strict";
import { recordHostileRow } from "../../tasks/hostile_report.ts";
import { type ControlPlane, missingControlPlaneTools, startControlPlane } from "../support/control_plane.ts";
import { MANIFESTS_FOLDER } from "../support/shipped_manifests.ts";
import type { Attack } from "./attack/attack.ts";
import { COMMAND_ATTACKS } from "./attack/command_attacks.ts";
import { EVENT_ATTACKS } from "./attack/event_attacks.ts";
import { NETWORK_ATTACKS } from "./attack/network_attacks.ts";
import { openHostileRig } from "./hostile_rig.ts";

const missing = await missingControlPlaneTools();
const why = missing.length === 0 ? "" : ` (skipped: no ${missing.join(", ")}; set KUBEBUILDER_ASSETS)`;

/** What an agent with the shipped limits keeps to, whatever is done to it. */
const GOAL = { peakBytes: 160e6, silenceMs: 1_000 };

let plane: ControlPlane | null = null;
Deno.test.beforeAll(async () => {
  if (missing.length > 0) return;
  plane = await startControlPlane();
  for (const file of ["01-namespace.yaml", "02-rbac.yaml"]) {
    await plane.kubectl(["apply", "-f", MANIFESTS_FOLDER + file]);
  }
});
Deno.test.afterAll(async () => {
  await plane?.[Symbol.asyncDispose]();
});

async function play(on: ControlPlane, attack: Attack): Promise<void> {
  await using rig = await openHostileRig(on, attack);
  const startedAt = performance.now();
  const { sent, lost = 0, told = 0, problems = [] } = await attack.play(rig);
  const damage = await rig.damage();
  await recordHostileRow({
    attack: attack.id,
    limits: rig.limits,
    sent,
    ...damage,
    lost,
    told,
    problems,
    seconds: (performance.now() - startedAt) / 1000,
  });
  assert.deepEqual(problems, []);
  assert.equal(damage.alive, true, "the agent did not live through it");
  assert.ok(lost <= told, `${lost} lost, ${told} told`);
  assert.ok(damage.peakBytes <= GOAL.peakBytes, `its memory rose to ${(damage.peakBytes / 1e6).toFixed(0)} MB`);
  assert.ok(damage.silenceMs <= GOAL.silenceMs, `it was silent for ${damage.silenceMs.toFixed(0)} ms`);
}

for (const attack of [...EVENT_ATTACKS, ...COMMAND_ATTACKS, ...NETWORK_ATTACKS]) {
  // The control plane belongs to all of them.
  const shared = { ignore: missing.length > 0, sanitizeOps: false, sanitizeResources: false };
  Deno.test({ name: `hostile: ${attack.name}${why}`, ...shared }, async () => {
    if (plane === null) throw new Error("The control plane did not start");
    await play(plane, attack);
  });
}
