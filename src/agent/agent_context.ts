import type { Config } from "../config/config_schema.ts";
import type { KubeAccess } from "../kube/kube_access.ts";
import type { KubeClient } from "../kube/kube_client.ts";
import type { KubeAccessPlan } from "../kube/open_kube_access.ts";
import type { Leadership } from "../lead/leadership.ts";
import type { Clock } from "../lifecycle/clock.ts";
import type { MemoryBudget } from "../lifecycle/memory_budget.ts";
import type { RecentEvents } from "../outbox/recent_events.ts";
import type { Redactor } from "../redaction/redactor.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import type { SubjectKind } from "../wire/subject.ts";

/** How the agent reaches the API server. */
export interface KubeSurroundings {
  readonly client: KubeClient;
  readonly access: KubeAccess;
  readonly accessPlan: KubeAccessPlan;
}

/** What the parts of a running agent share, once it knows which cluster it is in. */
export interface AgentContext extends KubeSurroundings {
  readonly config: Config;
  readonly clusterId: string;
  readonly telemetry: Telemetry;
  /** What each store may hold. */
  readonly memory: MemoryBudget;
  /** `null` when nobody asked for traces. */
  readonly tracing: Tracing | null;
  readonly clock: Clock;
  /** Takes audit lines where no file is named for them, newline included. */
  readonly writeAudit: (lines: string) => void;
  /** The newest reports, for the page. */
  readonly recent: RecentEvents;
  /** What is cut out of all that leaves the agent. */
  readonly redactor: Redactor;
  /** Wall clock of the process's start. */
  readonly startedAtMs: number;
  /** Whether this replica leads; always, where there are none. */
  readonly leadership: Leadership;
  readonly subject: (kind: SubjectKind) => string;
}
