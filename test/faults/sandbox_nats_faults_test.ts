import { NATS_SCENARIOS } from "./scenario/nats_scenarios.ts";
import { testOnSandbox } from "./scenario/scenario.ts";

await testOnSandbox(NATS_SCENARIOS);
