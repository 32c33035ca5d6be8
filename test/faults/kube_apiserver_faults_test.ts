import { type ControlPlane, missingControlPlaneTools, startControlPlane } from "../support/control_plane.ts";
import { openKubeFaultApi } from "../support/fault_api.ts";
import { AGENT_SCENARIOS } from "./scenario/agent_scenarios.ts";
import { API_SCENARIOS } from "./scenario/api_scenarios.ts";
import { NATS_SCENARIOS } from "./scenario/nats_scenarios.ts";
import { playScenario } from "./scenario/scenario.ts";

const missing = await missingControlPlaneTools();
const ignore = missing.length > 0;
const why = ignore ? ` (skipped: no ${missing.join(", ")}; set KUBEBUILDER_ASSETS)` : "";

/** One for all scenarios: it takes longer to start than most of them. */
let plane: ControlPlane | null = null;
Deno.test.beforeAll(async () => {
  if (!ignore) plane = await startControlPlane();
});
Deno.test.afterAll(async () => {
  await plane?.[Symbol.asyncDispose]();
});

for (const scenario of [...NATS_SCENARIOS, ...AGENT_SCENARIOS, ...API_SCENARIOS]) {
  if (scenario.api === "sandbox") continue;
  // A scenario may restart the API server, and the new process belongs to all of them.
  const shared = { sanitizeOps: false, sanitizeResources: false };
  Deno.test({ name: `faults on kube-apiserver: ${scenario.name}${why}`, ignore, ...shared }, async () => {
    if (plane === null) throw new Error("The control plane did not start");
    await using api = await openKubeFaultApi(plane);
    await playScenario(scenario, api);
  });
}
