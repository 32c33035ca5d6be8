import type { BusConnection } from "../bus/connection.ts";
import type { Config } from "../config/config_schema.ts";
import type { KubeAccess } from "../kube/kube_access.ts";
import type { KubeClient } from "../kube/kube_client.ts";
import type { KubeAccessPlan } from "../kube/open_kube_access.ts";
import type { Clock } from "../lifecycle/clock.ts";
import type { OutboxWriter } from "../outbox/outbox.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import type { SubjectKind } from "../wire/subject.ts";

/** What the parts of a running agent share, once it knows which cluster it is in. */
export interface AgentContext {
  readonly config: Config;
  readonly clusterId: string;
  readonly client: KubeClient;
  readonly access: KubeAccess;
  readonly accessPlan: KubeAccessPlan;
  readonly connection: BusConnection;
  readonly outbox: OutboxWriter;
  readonly metrics: Metrics;
  /** Counts what was lost on purpose, for `/metrics` and the status page. */
  readonly countDrop: (kind: string, reason: string) => void;
  /** `null` when nobody asked for traces. */
  readonly tracing: Tracing | null;
  readonly clock: Clock;
  readonly subject: (kind: SubjectKind) => string;
}
