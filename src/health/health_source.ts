import { type Condition, problemsOf } from "../lifecycle/condition.ts";
import type { AgentPart, PageTable } from "../lifecycle/part.ts";

/** What the health endpoints tell; asked anew at each request, so it is never stale. */
export interface HealthSource {
  /** Fails only where a restart helps. */
  live(): readonly Condition[];
  ready(): readonly Condition[];
  /** The whole status as plain JSON, without secrets. */
  status(): Readonly<Record<string, unknown>>;
  /** What parts add for people. */
  tables(): readonly PageTable[];
  /** The Prometheus exposition. */
  metrics(): Promise<{ body: string; contentType: string }>;
}

/**
 * Folds the parts into the answers of the health endpoints. `parts` is asked at each request, since the list grows while
 * the agent starts; `expose` prints the Prometheus registry after every part has set its gauges.
 */
export function foldHealth(
  parts: () => readonly AgentPart[],
  expose: () => Promise<{ body: string; contentType: string }>,
): HealthSource {
  const ready = () => parts().flatMap((part) => part.conditions());
  return {
    live: () => [
      { name: "process", ok: true, detail: "answers" },
      ...parts().flatMap((part) => part.liveConditions?.() ?? []),
    ],
    ready,
    status() {
      const problems = problemsOf(ready());
      return Object.assign({ ready: problems.length === 0, problems }, ...parts().map((part) => part.status()));
    },
    tables: () => parts().flatMap((part) => part.page?.() ?? []),
    metrics() {
      for (const part of parts()) part.refreshGauges();
      return expose();
    },
  };
}
