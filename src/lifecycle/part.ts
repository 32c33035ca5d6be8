import type { Condition } from "./condition.ts";
import type { Service } from "./service.ts";

/** A table of texts for people, which may come from anywhere. */
export interface PageTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * One part of the agent, telling everything about itself: what it runs, what must hold for it to be ready, and its
 * section of the status page. Health, heartbeat and metrics are folds over the list of parts.
 */
export interface AgentPart {
  readonly name: string;
  /** In the order in which they start. Phase and deadline of each stand in `src/agent/service_plan.ts`. */
  readonly services: readonly Service[];
  /** What must hold for the agent to be ready; asked at each request, so it is never stale. */
  conditions(): readonly Condition[];
  /** What only a restart of the process can mend when it does not hold. Absent: nothing. */
  liveConditions?(): readonly Condition[];
  /** The part's keys of the status page: plain JSON in snake_case, without secrets. */
  status(): Readonly<Record<string, unknown>>;
  /** What it adds to the page for people, beside its conditions and status. */
  page?(): readonly PageTable[];
  /** Bytes that wait in the part's stores: no garbage, however many there are. Absent: none worth counting. */
  heldBytes?(): number;
  /** Sets gauges that are read rather than counted; called before each scrape. */
  refreshGauges(): void;
}
