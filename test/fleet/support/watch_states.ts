import { systemClock } from "../../../src/lifecycle/clock.ts";
import type { FleetRig } from "./fleet_rig.ts";
import type { StateLog } from "./state_log.ts";

const EVERY_MS = 250;
const never = new AbortController().signal;

/** Looks at the fleet again and again until the monotonic clock says `untilMs`, or `enough` says so after a look. */
export async function watchStates(
  rig: Pick<FleetRig, "look">,
  log: StateLog,
  untilMs: number,
  enough: () => boolean = () => false,
): Promise<void> {
  while (performance.now() < untilMs) {
    const startMs = performance.now();
    log.look(await rig.look(), performance.now());
    if (enough()) return;
    // A look at ten thousand takes its time: this process and the server have other things to do as well.
    await systemClock.sleep(Math.max(EVERY_MS, performance.now() - startMs), never);
  }
}
