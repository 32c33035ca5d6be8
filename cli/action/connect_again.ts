import type { Config } from "../../src/config/config_schema.ts";
import { backoffMs } from "../../src/lifecycle/backoff.ts";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";
import { type CliBus, connectBus } from "./open_bus.ts";

const RECONNECT = { firstMs: 500, limitMs: 10_000, jitter: 0.2 };

/** Tries until NATS answers; rejects where it refuses, which waiting does not mend, and when `signal` fires. */
export async function connectAgain(config: Config, purpose: string, signal: AbortSignal): Promise<CliBus> {
  for (let attempt = 0;; attempt++) {
    await systemClock.sleep(backoffMs(attempt, RECONNECT), signal);
    try {
      return await connectBus(config, { purpose });
    } catch (error) {
      if (!(error instanceof AgentError) || error.kind !== "unreachable") throw error;
    }
  }
}
