import { foldHealth } from "../health/health_source.ts";
import { createHealthServer } from "../health/health_server.ts";
import type { Clock } from "../lifecycle/clock.ts";
import type { Condition } from "../lifecycle/condition.ts";
import { createHeapTrimmer, openHeap } from "../lifecycle/heap_trimmer.ts";
import type { AgentPart } from "../lifecycle/part.ts";
import type { ServiceStatus } from "../lifecycle/supervisor.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";

interface CorePartOptions {
  readonly version: string;
  readonly commit: string;
  readonly runtime: string;
  readonly healthPort: number;
  /** Whether the health port shows a page for people. */
  readonly healthPage: boolean;
  readonly clock: Clock;
  readonly startedAtMs: number;
  readonly telemetry: Telemetry;
  /** All parts, this one included. */
  readonly parts: () => readonly AgentPart[];
  readonly services: () => readonly ServiceStatus[];
  /** Whether parts are still missing, which can't say that they are not ready. */
  readonly starting: () => boolean;
  /** Fires when the agent is asked to stop. */
  readonly stopping: AbortSignal;
  /** Told the health server's port once it listens. */
  readonly onListening?: ((port: number) => void) | undefined;
}

/** What runs whatever else the agent is set up to do: the health endpoints and the heap trimmer. */
export function createCorePart(options: CorePartOptions): AgentPart {
  const { clock, telemetry, version, commit, runtime } = options;
  telemetry.buildInfo.set({ version, commit, runtime }, 1);
  const server = createHealthServer({
    port: options.healthPort,
    page: options.healthPage,
    source: foldHealth(options.parts, telemetry.expose),
  });
  server.listening().then((port) => options.onListening?.(port), () => {}); // the service fails with the same error
  const trimmer = createHeapTrimmer({
    heap: openHeap(),
    heldBytes: () => options.parts().reduce((sum, part) => sum + (part.heldBytes?.() ?? 0), 0),
    clock,
    onTrim: () => telemetry.heapTrims.inc(),
  });
  const uptimeSeconds = () => (clock.now() - options.startedAtMs) / 1000;
  return {
    name: "core",
    services: [server, trimmer],
    conditions: () => [
      ...(options.starting() ? [{ name: "start", ok: false, detail: "the agent is starting" }] : []),
      ...serviceConditions(options.services()),
    ],
    status: () => ({
      version,
      commit,
      started_at: new Date(options.startedAtMs).toISOString(),
      uptime_seconds: Math.round(uptimeSeconds()),
      services: options.services().map(({ name, state, restarts, lastError }) => ({
        name,
        state,
        restarts,
        last_error: lastError,
      })),
    }),
    refreshGauges() {
      telemetry.running.set(options.stopping.aborted ? 0 : 1);
      telemetry.uptimeSeconds.set(uptimeSeconds());
    },
  };
}

/** A condition for each service that does not run as it should. */
export function serviceConditions(services: readonly ServiceStatus[]): readonly Condition[] {
  return services
    .filter(({ state }) => state === "restarting" || state === "failed")
    .map(({ name, state, lastError }) => ({
      name: `service ${name}`,
      ok: false,
      detail: `${state}: ${lastError ?? "no reason"}`,
    }));
}
