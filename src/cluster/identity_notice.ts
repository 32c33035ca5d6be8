import type { Event } from "../wire/event.ts";
import { occurrenceId } from "../wire/message_id.ts";
import type { IdentityClash } from "./identity_clash.ts";
import type { IdentityChange } from "./identity_memory.ts";

/** The event that tells the central side that one cluster now speaks under another id: what it knew stays under the old one. */
export function identityChangeEvent(change: IdentityChange, nowMs: number): Event {
  const { previous, current, source } = change;
  return notice(current, "ClusterIdentityChanged", nowMs, {
    key: `${previous} ${current}`,
    message: `This cluster's id was ${previous} and is ${current} now (${source}). Events and commands of the old id ` +
      "do not follow; set CLUSTER_ID to keep one id on purpose.",
    labels: { previous_cluster_id: previous, source },
  });
}

/** The event that tells that somebody else uses this cluster's id. Told again after a restart, it has the same id. */
export function identityClashEvent(clusterId: string, clash: IdentityClash, nowMs: number): Event {
  return notice(clusterId, CLASH_REASONS[clash.kind], nowMs, {
    key: clash.other,
    message: clash.message,
    labels: { other_instance: clash.other },
  });
}

const CLASH_REASONS: Readonly<Record<IdentityClash["kind"], string>> = {
  other_cluster: "ClusterIdentityShared",
  other_agent: "SecondAgent",
};

interface Notice {
  readonly key: string;
  readonly message: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Old centrals know `agent_gap` as the kind of event that is about the agent itself. */
function notice(clusterId: string, reason: string, nowMs: number, { key, message, labels }: Notice): Event {
  const now = new Date(nowMs).toISOString();
  return {
    id: occurrenceId(clusterId, `agent_gap ${reason}`, key),
    cluster_id: clusterId,
    type: "agent_gap",
    source: "agent",
    namespace: "",
    severity: "high",
    reason,
    message,
    timestamp: now,
    reported_at: now,
    labels: {
      kind: "",
      name: "",
      uid: "",
      event_type: "",
      k8s_event_type: "",
      reporting_component: "agent",
      ...labels,
    },
    raw_data: { first_timestamp: now, last_timestamp: now },
  };
}
