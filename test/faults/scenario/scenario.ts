import assert from "node:assert/strict";
import { missingControlPlaneTools } from "../../support/control_plane.ts";
import { type FaultApi, openSandboxFaultApi } from "../../support/fault_api.ts";
import { recordFaultRow } from "../../../tasks/fault_report.ts";
import { type FaultRig, type FaultRigOptions, openFaultRig } from "../../support/fault_rig.ts";

/** One thing that goes wrong, and what must become of the events meanwhile. */
export interface Scenario {
  readonly name: string;
  readonly options: FaultRigOptions;
  /** It takes so long that it is played once: on a real control plane where there is one, else on the sandbox. */
  readonly long?: boolean;
  /** Whether it needs the sandbox's script of faults, a real control plane, or either. */
  readonly api: "sandbox" | "kube-apiserver" | "either";
  /** Does the harm, and returns the markers of the events that were made. */
  readonly run: (rig: FaultRig) => Promise<readonly string[]>;
  /** Events that can't but be lost, and so must be told as a gap. */
  readonly lost?: number;
}

/** Plays a scenario, records its row, and fails when an event was lost untold or came under a second id. */
export async function playScenario(scenario: Scenario, api: FaultApi): Promise<void> {
  const startMs = performance.now();
  await using rig = await openFaultRig(api, scenario.options);
  const lost = scenario.lost ?? 0;
  const count = await rig.count(await scenario.run(rig), lost);
  const seconds = (performance.now() - startMs) / 1000;
  await recordFaultRow({ scenario: scenario.name, api: api.name, ...count, seconds });
  const { eventsIn, repeatedSameId, ...rest } = count;
  assert.deepEqual(rest, { reported: eventsIn - lost, lost, told: lost, repeatedOtherId: 0 });
  // A stream drops copies; a plain subscriber may hear one, under the same id.
  if (scenario.options.delivery === "jetstream") assert.equal(repeatedSameId, 0, "copies in the stream");
}

/** `count` markers that nothing else uses. */
export function makeMarkers(prefix: string, count: number): readonly string[] {
  const run = crypto.randomUUID().slice(0, 8);
  return Array.from({ length: count }, (_, index) => `marker-${prefix}-${run}-${index}`);
}

/** Makes the events, and calls `harm` once each share of them is made; resolves when all is done. */
export async function makeWithHarm(
  rig: FaultRig,
  markers: readonly string[],
  harms: readonly (readonly [share: number, harm: () => Promise<void> | void])[],
): Promise<void> {
  const reached = harms.map(([share]) => ({
    at: Math.floor(share * markers.length),
    ...Promise.withResolvers<void>(),
  }));
  const making = rig.api.makeEvents(markers, {
    onMade: (count) => reached.find(({ at }) => at === count)?.resolve(),
  });
  for (const [index, [, harm]] of harms.entries()) {
    await reached[index]?.promise;
    await harm();
  }
  await making;
}

/** Plays those of the scenarios that the sandbox can, each as a test with a sandbox of its own. */
export async function testOnSandbox(scenarios: readonly Scenario[]): Promise<void> {
  const hasControlPlane = (await missingControlPlaneTools()).length === 0;
  for (const scenario of scenarios) {
    if (scenario.api === "kube-apiserver" || (scenario.long === true && hasControlPlane)) continue;
    Deno.test(`faults: ${scenario.name}`, async () => {
      await using api = await openSandboxFaultApi();
      await playScenario(scenario, api);
    });
  }
}
