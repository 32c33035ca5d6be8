import { missingControlPlaneTools } from "../support/control_plane.ts";
import { openSandboxFaultApi } from "../support/fault_api.ts";
import { AGENT_SCENARIOS } from "./scenario/agent_scenarios.ts";
import { API_SCENARIOS } from "./scenario/api_scenarios.ts";
import { NATS_SCENARIOS } from "./scenario/nats_scenarios.ts";
import { playScenario } from "./scenario/scenario.ts";

const hasControlPlane = (await missingControlPlaneTools()).length === 0;

for (const scenario of [...NATS_SCENARIOS, ...AGENT_SCENARIOS, ...API_SCENARIOS]) {
  if (scenario.api === "kube-apiserver" || (scenario.long === true && hasControlPlane)) continue;
  Deno.test(`faults: ${scenario.name}`, async () => {
    await using api = await openSandboxFaultApi();
    await playScenario(scenario, api);
  });
}
