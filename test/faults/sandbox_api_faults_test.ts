import { AGENT_SCENARIOS } from "./scenario/agent_scenarios.ts";
import { API_SCENARIOS } from "./scenario/api_scenarios.ts";
import { testOnSandbox } from "./scenario/scenario.ts";

await testOnSandbox([...AGENT_SCENARIOS, ...API_SCENARIOS]);
