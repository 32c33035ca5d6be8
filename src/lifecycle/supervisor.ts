import { backoffMs } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { errorMessage } from "./errors.ts";
import { createLogger } from "./logging.ts";
import type { Service } from "./service.ts";

/** The phases of a start, in order. A stop goes through them in reverse, so that producers end before what drains them. */
export const PHASES = ["serve", "link", "deliver", "lead", "watch"] as const;
export type Phase = (typeof PHASES)[number];

/** How a service is looked after. */
export interface ServicePlan {
  readonly phase: Phase;
  /** How long it may take to stop before it is left behind. The services of a phase stop at the same time. */
  readonly stopMs: number;
  /** `restart`: a failure is mended by a new start, with backoff. `fatal`: its failure ends the agent. */
  readonly onFailure: "restart" | "fatal";
}

export interface ServiceEntry extends ServicePlan {
  readonly service: Service;
}

/** How a service does, for `/health/status`. */
export interface ServiceStatus {
  readonly name: string;
  readonly state: "running" | "restarting" | "stopped" | "failed";
  readonly restarts: number;
  readonly lastError: string | null;
}

interface SupervisorOptions {
  readonly clock: Clock;
  readonly onRestart: (service: string) => void;
}

/** Runs services, restarts those that fail, and stops them phase by phase. */
export interface Supervisor {
  /** Starts the services in the order given. What is returned may be stopped before the rest. */
  start(entries: readonly ServiceEntry[]): ServiceGroup;
  /** Rejects with the failure that must end the agent; otherwise stays pending. */
  readonly failed: Promise<never>;
  /** Stops what runs, the last phase first; resolves once each service has ended or its deadline is over. */
  stop(): Promise<void>;
  /** One status a service, in the order of their start. */
  statuses(): readonly ServiceStatus[];
}

/** Services that were started together. */
export interface ServiceGroup {
  /** Stops them, the last phase first; resolves once each has ended or its deadline is over. */
  stop(): Promise<void>;
  /** Resolves once every one of them has ended, deadline or not. */
  readonly ended: Promise<void>;
}

/** Waits between restarts: 1 s doubling to 30 s. */
const RESTART_BACKOFF = { firstMs: 1_000, limitMs: 30_000, jitter: 0.2 };
/** A service that failed this often in a row can't be mended from inside: the process ends and Kubernetes starts a new one. */
const RESTART_LIMIT = 10;
/** A run this long was healthy, and the count starts again. */
const HEALTHY_RUN_MS = 300_000;

interface Started {
  readonly entry: ServiceEntry;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const log = createLogger("lifecycle");
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {}); // a failure while stopping must not be unhandled
  const started = new Set<Started>();
  const statuses = new Map<string, ServiceStatus>();
  const tell = (status: ServiceStatus) => void statuses.set(status.name, status);

  async function stopOne({ entry, stop, done }: Started): Promise<void> {
    stop.abort();
    if (await within(done, entry.stopMs)) return;
    log.warn("Service did not stop in time and is left behind", {
      service: entry.service.name,
      stopMs: entry.stopMs,
    });
  }

  async function stopAll(ending: readonly Started[]): Promise<void> {
    for (const phase of PHASES.toReversed()) {
      const together = ending.filter(({ entry }) => entry.phase === phase);
      await Promise.all(together.toReversed().map(stopOne));
    }
  }

  return {
    failed: failed.promise,
    statuses: () => [...statuses.values()],
    start(entries) {
      const group = entries.map((entry): Started => {
        const stop = new AbortController();
        const done = supervise(entry, { ...options, tell }, stop.signal).catch((error) => failed.reject(error));
        return { entry, stop, done };
      });
      for (const each of group) started.add(each);
      const ended = Promise.all(group.map(({ done }) => done)).then(() => {
        for (const each of group) started.delete(each); // a group may be started as often as it leads
      });
      return { stop: () => stopAll(group), ended };
    },
    stop: () => stopAll([...started]),
  };
}

interface SuperviseOptions extends SupervisorOptions {
  readonly tell: (status: ServiceStatus) => void;
}

async function supervise(entry: ServiceEntry, options: SuperviseOptions, signal: AbortSignal): Promise<void> {
  const { service } = entry;
  const log = createLogger("lifecycle");
  const { clock } = options;
  let restarts = 0;
  let failures = 0;
  let lastError: string | null = null;
  const tell = (state: ServiceStatus["state"]) => options.tell({ name: service.name, state, restarts, lastError });
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
    log.error("Service failed and restarts", { service: service.name, error: lastError, waitMs });
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
