import type { Event } from "../wire/event.ts";
import { GAP_REASONS, type GapReason } from "../wire/gap_reason.ts";
import { occurrenceId } from "../wire/message_id.ts";

/** A stretch of time in which loss can't be excluded. */
export interface Gap {
  readonly reason: GapReason;
  readonly fromMs: number;
  readonly toMs: number;
  /** Events known to be lost; 0 when the number is not known. */
  readonly lost: number;
}

/** The `agent_gap` event that says so on the event subject. Its id is the same however often this gap is told. */
export function gapEvent(clusterId: string, gap: Gap, nowMs: number): Event {
  const from = new Date(gap.fromMs).toISOString();
  const to = new Date(gap.toMs).toISOString();
  return {
    id: occurrenceId(clusterId, `agent_gap ${gap.reason}`, `${from} ${to}`),
    cluster_id: clusterId,
    type: "agent_gap",
    source: "agent",
    namespace: "",
    severity: "high",
    reason: gap.reason,
    message: `${GAP_REASONS[gap.reason]} From ${from} to ${to}` + (gap.lost > 0 ? `; lost: ${gap.lost}` : ""),
    timestamp: to,
    reported_at: new Date(nowMs).toISOString(),
    labels: { kind: "", name: "", uid: "", event_type: "", k8s_event_type: "", reporting_component: "agent" },
    raw_data: { count: gap.lost, first_timestamp: from, last_timestamp: to },
  };
}
