import { backoffMs } from "../lifecycle/backoff.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { errorMessage } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";

/** Waits before what failed is started again. */
const RESTART_BACKOFF = { firstMs: 1_000, limitMs: 60_000, jitter: 0.2 };

/** Runs `work` until `signal` fires, and again after a fault that should not be. Never rejects. */
export async function keepRunning(
  name: string,
  work: (signal: AbortSignal) => Promise<void>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const log = createLogger("inventory");
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      return await work(signal);
    } catch (error) {
      if (signal.aborted) return;
      const waitMs = backoffMs(failures, RESTART_BACKOFF);
      log.error("A feed failed and restarts", { feed: name, error: errorMessage(error), waitMs });
      await clock.sleep(waitMs, signal).catch(() => {}); // an abort is seen by the loop
    }
  }
}
