import { backoffMs } from "../lifecycle/backoff.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { AgentError, errorMessage } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import { type IdentifiedCluster, identifyCluster, type IdentifyOptions } from "./identify_cluster.ts";
import type { IdentityChange, IdentityMemory } from "./identity_memory.ts";

const log = createLogger("cluster");

/** The first wait is short: the agent often starts together with its node's network. */
const BACKOFF = { firstMs: 800, limitMs: 30_000, jitter: 0.2 };

export interface SureOptions extends Omit<IdentifyOptions, "remembered"> {
  readonly clock: Clock;
  /** `null` where the agent keeps no state. */
  readonly memory: IdentityMemory | null;
  readonly telemetry: Pick<Telemetry, "identityChanges">;
  /** Told about every try that failed, for the readiness page. */
  readonly onRetry?: (reason: string) => void;
}

interface SureCluster {
  readonly cluster: IdentifiedCluster;
  /** Not `null` when the agent used another id before: to be told on the bus as well (`identityChangeEvent`). */
  readonly change: IdentityChange | null;
}

/**
 * Asks until the id is sure. An API server that can't be reached is asked again, for ever, and never replaced by a guess.
 * Rejects with an `AgentError` that says what to set or to grant when the cluster answers but nothing in it is unique,
 * and with the signal's reason when `signal` fires. The id is kept in `memory`; a change is logged, counted, returned.
 */
export async function identifyUntilSure(options: SureOptions, signal: AbortSignal): Promise<SureCluster> {
  const remembered = await recall(options.memory);
  for (let attempt = 0;; attempt++) {
    const outcome = await identifyCluster({ ...options, remembered }, signal);
    signal.throwIfAborted();
    if (outcome.kind === "identified") {
      return { cluster: outcome, change: await remember(options, remembered, outcome) };
    }
    if (outcome.kind === "impossible") throw new AgentError(outcome.failure, outcome.reason);
    const waitMs = backoffMs(attempt, BACKOFF);
    log.warn("The cluster can't be identified yet", { reason: outcome.reason, retry_in_ms: waitMs });
    options.onRetry?.(outcome.reason);
    await options.clock.sleep(waitMs, signal);
  }
}

async function recall(memory: IdentityMemory | null): Promise<string | null> {
  try {
    return await memory?.read() ?? null;
  } catch (error) {
    log.warn("The id used before can't be read; a change would go unnoticed", { error: errorMessage(error) });
    return null;
  }
}

async function remember(
  { memory, telemetry }: SureOptions,
  previous: string | null,
  { id, source }: IdentifiedCluster,
): Promise<IdentityChange | null> {
  const change = previous === null || previous === id ? null : { previous, current: id, source };
  if (change !== null) {
    telemetry.identityChanges.inc();
    log.error("The cluster's id is not the one used before", { ...change });
  }
  if (previous !== id) {
    try {
      await memory?.write(id);
    } catch (error) {
      log.warn("The id can't be kept; a later change would go unnoticed", { error: errorMessage(error) });
    }
  }
  return change;
}
