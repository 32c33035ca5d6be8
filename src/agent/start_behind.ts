import type { Clock } from "../lifecycle/clock.ts";
import type { AgentPart } from "../lifecycle/part.ts";
import type { Service } from "../lifecycle/service.ts";
import { waitAtMost } from "../lifecycle/wait_at_most.ts";

/** Whoever is let go first has this long; what an API server does not answer in it holds up nothing else. */
const HEAD_START_MS = 500;

/**
 * The part with services that begin their work once `first` has resolved, or half a second has passed. A dozen
 * connections that are opened at the same moment share one thread: the one that matters most would be open last.
 */
export function startBehind<P extends AgentPart>(part: P, first: Promise<void>, clock: Clock): P {
  const services = part.services.map((service): Service => ({
    name: service.name,
    async run(signal) {
      await waitAtMost(first, HEAD_START_MS, clock, signal);
      await service.run(signal);
    },
  }));
  return { ...part, services };
}
