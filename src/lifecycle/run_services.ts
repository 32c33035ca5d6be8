import { backoffMs } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { errorMessage } from "./errors.ts";
import { createLogger } from "./logging.ts";
import type { Service } from "./service.ts";

/** A service and how it is looked after. */
export interface ServiceEntry {
  readonly service: Service;
  /** How long it may take to stop before it is left behind. */
  readonly stopMs: number;
  /** `restart`: a failure is mended by starting again, with backoff. `fatal`: its failure ends the agent. */
  readonly onFailure: "restart" | "fatal";
}

/** How a service does, for `/health/status`. */
export interface ServiceStatus {
  readonly name: string;
  readonly state: "waiting" | "running" | "restarting" | "stopped" | "failed";
  readonly restarts: number;
  readonly lastError: string | null;
}

export interface RunServicesOptions {
  readonly clock: Clock;
  readonly onRestart: (service: string) => void;
  readonly onStatus: (status: ServiceStatus) => void;
}

/** Waits between restarts: 1 s doubling to 30 s. */
const RESTART_BACKOFF = { firstMs: 1_000, limitMs: 30_000, jitter: 0.2 };
/** A service that failed this often in a row can't be mended from inside: the process ends and Kubernetes starts a new one. */
const RESTART_LIMIT = 10;
/** A run this long was healthy, and the count starts again. */
const HEALTHY_RUN_MS = 300_000;

/**
 * Runs the services until `signal` fires or one fails for good. They start in the order given and stop in reverse, each
 * within its deadline, so that producers end before what drains them. Rejects with the failure that ended the run.
 */
export async function runServices(
  entries: readonly ServiceEntry[],
  options: RunServicesOptions,
  signal: AbortSignal,
): Promise<void> {
  const log = createLogger("lifecycle");
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {}); // also looked at below; a failure while stopping must not be unhandled
  const started = entries.map((entry) => {
    const stop = new AbortController();
    const done = supervise(entry, options, stop.signal).catch((error) => failed.reject(error));
    return { entry, stop, done };
  });
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  try {
    await Promise.race([stopped, failed.promise]);
  } finally {
    for (const { entry, stop, done } of started.toReversed()) {
      stop.abort();
      if (!await within(done, entry.stopMs)) {
        log.warn("Service did not stop in time and is left behind", {
          service: entry.service.name,
          stopMs: entry.stopMs,
        });
      }
    }
  }
}

async function supervise(entry: ServiceEntry, options: RunServicesOptions, signal: AbortSignal): Promise<void> {
  const { service } = entry;
  const log = createLogger("lifecycle");
  const { clock } = options;
  let restarts = 0;
  let failures = 0;
  let lastError: string | null = null;
  const tell = (state: ServiceStatus["state"]) => options.onStatus({ name: service.name, state, restarts, lastError });
  while (true) {
    const startedAt = clock.monotonic();
    tell("running");
    let failure: unknown;
    try {
      await service.run(signal);
      if (signal.aborted) return tell("stopped");
      failure = new Error(`The service ${service.name} ended although nobody stopped it`);
    } catch (error) {
      if (signal.aborted) return tell("stopped");
      failure = error;
    }
    lastError = errorMessage(failure);
    if (clock.monotonic() - startedAt > HEALTHY_RUN_MS) failures = 0;
    if (entry.onFailure === "fatal" || ++failures >= RESTART_LIMIT) {
      tell("failed");
      throw failure;
    }
    restarts++;
    tell("restarting");
    options.onRestart(service.name);
    const waitMs = backoffMs(failures - 1, RESTART_BACKOFF);
    log.error("Service failed and is started again", { service: service.name, error: lastError, waitMs });
    try {
      await clock.sleep(waitMs, signal);
    } catch {
      return tell("stopped");
    }
  }
}

/** Whether `promise` settles within `limitMs`; leaves no timer behind. */
async function within(promise: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer;
  const late = new Promise<boolean>((resolve) => timer = setTimeout(() => resolve(false), limitMs));
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
