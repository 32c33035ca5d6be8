import type { AgentPart } from "../lifecycle/part.ts";
import { type Phase, PHASES, type ServiceEntry, type ServicePlan } from "../lifecycle/supervisor.ts";

/** How long a stop may go on delivering what is queued; the publisher's deadline adds time to settle what is in flight. */
export const DRAIN_MS = 1_500;

/**
 * Every service with its phase, its stop deadline and what its failure means. Services start in the order of the phases
 * and stop in reverse: first what produces, then what is told at intervals, then the outbox drains, then the connections
 * close, and the health endpoints answer until the end. The services of one phase stop at the same time, so the longest
 * orderly end is the sum of the longest deadline of each phase: see `stopBudgetMs`.
 */
export const SERVICE_PLAN: Readonly<Record<string, ServicePlan>> = {
  health: { phase: "serve", stopMs: 300, onFailure: "fatal" },
  heap_trimmer: { phase: "serve", stopMs: 300, onFailure: "restart" },
  state_lock: { phase: "serve", stopMs: 300, onFailure: "fatal" },

  bus: { phase: "link", stopMs: 1_000, onFailure: "fatal" },
  checkpoint_saver: { phase: "link", stopMs: 1_000, onFailure: "restart" },
  elector: { phase: "link", stopMs: 1_800, onFailure: "fatal" },
  object_saver: { phase: "link", stopMs: 1_000, onFailure: "restart" },
  incident_saver: { phase: "link", stopMs: 1_000, onFailure: "restart" },
  spool: { phase: "link", stopMs: 1_000, onFailure: "fatal" },

  publisher: { phase: "deliver", stopMs: DRAIN_MS + 200, onFailure: "restart" },

  heartbeat: { phase: "lead", stopMs: 300, onFailure: "restart" },
  evidence: { phase: "lead", stopMs: 300, onFailure: "restart" },
  incidents: { phase: "lead", stopMs: 300, onFailure: "restart" },
  registration_listener: { phase: "lead", stopMs: 300, onFailure: "restart" },
  service_discovery: { phase: "lead", stopMs: 300, onFailure: "restart" },
  identity_watch: { phase: "lead", stopMs: 300, onFailure: "restart" },

  inventory: { phase: "watch", stopMs: 700, onFailure: "restart" },
  objects: { phase: "watch", stopMs: 700, onFailure: "restart" },
  event_watcher: { phase: "watch", stopMs: 700, onFailure: "restart" },
  commands: { phase: "watch", stopMs: 700, onFailure: "restart" },
  report: { phase: "watch", stopMs: 700, onFailure: "restart" },
};

/** The services of `parts` in the order of their start. Throws for one that has no place in the plan. */
export function planServices(parts: readonly AgentPart[]): readonly ServiceEntry[] {
  const entries = parts.flatMap((part) => part.services.map((service) => ({ service, ...planOf(service.name) })));
  return entries.toSorted((a, b) => PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase));
}

function planOf(name: string): ServicePlan {
  const plan = SERVICE_PLAN[name];
  if (plan === undefined) throw new Error(`The service ${name} has no place in SERVICE_PLAN`);
  return plan;
}

/** The longest that an orderly end can take. */
export function stopBudgetMs(): number {
  const longest = (phase: Phase) =>
    Math.max(0, ...Object.values(SERVICE_PLAN).filter((plan) => plan.phase === phase).map(({ stopMs }) => stopMs));
  return PHASES.reduce((sum, phase) => sum + longest(phase), 0);
}
