import { COLD_START } from "./cold_start.ts";
import { FAN_OUT } from "./fan_out.ts";
import { FLOOD } from "./flood.ts";
import { HISTORY } from "./history.ts";
import { KILLED_HALF } from "./killed_half.ts";
import { NATS_KILLED, NATS_PAUSED } from "./nats_away.ts";
import type { FleetScenario } from "./scenario.ts";
import { STEADY } from "./steady.ts";
import { DUPLICATES, VIEW } from "./view.ts";

/** In the order in which they are played: the first brings the agents up, and the last fills the stream. */
export const FLEET_SCENARIOS: readonly FleetScenario[] = [
  COLD_START,
  STEADY,
  VIEW,
  FAN_OUT,
  NATS_KILLED,
  NATS_PAUSED,
  KILLED_HALF,
  DUPLICATES,
  HISTORY,
  FLOOD,
];
