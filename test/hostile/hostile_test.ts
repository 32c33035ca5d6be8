import assert from "node:assert/strict";
import process from "node:process";
import { startChild } from "../../sandbox/child_process.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { recordHostileRow } from "../../tasks/hostile_report.ts";
import { type ControlPlane, missingControlPlaneTools, startControlPlane } from "../support/control_plane.ts";
import { freePort } from "../support/free_port.ts";
import { requestJson } from "../support/https_json.ts";
import { createPodLimits } from "../support/pod_limits.ts";
import { MANIFESTS_FOLDER } from "../support/shipped_manifests.ts";
import type { Attack } from "./attack/attack.ts";
import { COMMAND_ATTACKS } from "./attack/command_attacks.ts";
import { EVENT_ATTACKS } from "./attack/event_attacks.ts";
import { NETWORK_ATTACKS, openUnfinishedRequests } from "./attack/network_attacks.ts";
import { openHostileRig } from "./hostile_rig.ts";
import { SHIPPED_LIMITS, startWatcher } from "./start_watcher.ts";

const BARE_SERVER = new URL("./bare_server.ts", import.meta.url).pathname;

const missing = await missingControlPlaneTools();
const why = missing.length === 0 ? "" : ` (skipped: no ${missing.join(", ")}; set KUBEBUILDER_ASSETS)`;

/**
 * What an agent with the shipped limits keeps to, whatever is done to it. Where a flood of connections fills the queue in
 * front of the program, the kernel drops whoever comes, and he tries again after one second, then after two: no program
 * hears of that, and the bare server in the table waits as long. The probes of the manifests wait for 5 s.
 */
const GOAL = { peakBytes: 160e6, silenceMs: 1_000, connectMs: 3_500 };

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
  assert.ok(damage.connectMs <= GOAL.connectMs, `a connection took ${damage.connectMs.toFixed(0)} ms`);
}

/** The flood of connections on a server that does nothing else, in the same limits: what the runtime takes by itself. */
async function playOnBareServer(): Promise<void> {
  await using started = new AsyncDisposableStack();
  const dir = started.use(await createTempDir("bare"));
  // Its memory would not be enough for 11,000 connections, of which the agent keeps 64.
  const limits = started.use(await createPodLimits({ ...SHIPPED_LIMITS, memoryBytes: 2 ** 30 }));
  const port = await freePort();
  const child = started.use(
    await startChild({
      ...limits.wrap(process.execPath, ["run", "-A", BARE_SERVER, `${port}`]),
      logFile: dir.file("bare.log"),
    }),
  );
  const asked = () => requestJson(`http://127.0.0.1:${port}`).then(({ status }) => status === 200, () => false);
  await eventually("the server answers", asked, 30_000);
  const watcher = started.use(await startWatcher(child.pid, port, limits));
  const startedAt = performance.now();
  const { sent } = started.use(await openUnfinishedRequests(port));
  const { killed, ...seen } = await watcher.end();
  await recordHostileRow({
    ...seen,
    attack: "(bare server)",
    limits: limits.kind,
    sent,
    alive: child.running() && !killed,
    lost: 0,
    told: 0,
    problems: [],
    seconds: (performance.now() - startedAt) / 1000,
  });
}

Deno.test({
  name: "hostile: unfinished requests to a bare server, for comparison",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: playOnBareServer,
});

for (const attack of [...EVENT_ATTACKS, ...COMMAND_ATTACKS, ...NETWORK_ATTACKS]) {
  // The control plane belongs to all of them.
  const shared = { ignore: missing.length > 0, sanitizeOps: false, sanitizeResources: false };
  Deno.test({ name: `hostile: ${attack.name}${why}`, ...shared }, async () => {
    if (plane === null) throw new Error("The control plane did not start");
    await play(plane, attack);
  });
}
