import type { LedServices } from "../lead/elector.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { AgentError } from "../lifecycle/errors.ts";
import type { AgentPart } from "../lifecycle/part.ts";
import type { ServiceGroup, Supervisor } from "../lifecycle/supervisor.ts";
import { waitAtMost } from "../lifecycle/wait_at_most.ts";
import type { OutboxPart } from "./outbox_part.ts";
import { planServices } from "./service_plan.ts";

interface LedServicesOptions {
  readonly supervisor: Supervisor;
  readonly clock: Clock;
  readonly outbox: OutboxPart;
  /** All parts of the agent, to which those of a term belong while it lasts. */
  readonly parts: AgentPart[];
  /** Begins to read what `build` will need. */
  readonly foresee: () => void;
  /** Reads what the leader before has kept, and builds the parts that go on from there. */
  readonly build: (signal: AbortSignal) => Promise<readonly AgentPart[]>;
}

/** A service that has not ended by then never will, and may still act. */
const END_LIMIT_MS = 30_000;

/** Starts and ends what only the leader runs; each term gets parts of its own. */
export function createLedServices(options: LedServicesOptions): LedServices {
  const { supervisor, clock, outbox, parts, foresee, build } = options;
  let group: ServiceGroup | null = null;
  let led: readonly AgentPart[] = [];
  return {
    foresee,
    async start(signal) {
      const built = await build(signal);
      if (signal.aborted) return;
      led = built;
      parts.push(...led);
      group = supervisor.start(planServices(led));
    },
    async stop() {
      if (group === null) return;
      await group.stop();
      for (const part of led) parts.splice(parts.indexOf(part), 1);
      let ended = false;
      const all = Promise.all([group.ended, outbox.handOver()]).then(() => ended = true);
      await waitAtMost(all, END_LIMIT_MS, clock, new AbortController().signal);
      if (!ended) {
        throw new AgentError(
          "failed",
          "Services of a replica that leads no longer did not end; the process ends instead",
        );
      }
      group = null;
      led = [];
    },
  };
}
