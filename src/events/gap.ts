import type { Event } from "../wire/event.ts";
import { occurrenceId } from "../wire/message_id.ts";

/** Why events may have been lost: a stable word, and the sentence that goes with it. */
export const GAP_REASONS = {
  CheckpointTooOld: "The agent was away for longer than the API server keeps events; some may have expired unseen.",
  WatchAwayTooLong:
    "The watch was interrupted for longer than the API server keeps events; some may have expired unseen.",
  VersionsWentBack:
    "The API server's versions went back, as after a restore from a backup; what is new was told by time alone.",
  OutboxOverflow: "More events waited for NATS than the outbox holds; the least severe and oldest were dropped.",
  SpoolOverflow: "More events waited for NATS than the spool holds; the least severe and oldest were dropped.",
  SpoolDamaged: "Some of what the spool held could not be read.",
  MessageTooLarge: "Reports were larger than NATS, its stream or the spool takes, and were dropped.",
  UnreadableEvent: "The API server sent events that could not be read.",
} as const;
export type GapReason = keyof typeof GAP_REASONS;
/** The same as a list, for what is read from outside. */
export const GAP_REASON_NAMES = Object.keys(GAP_REASONS) as [GapReason, ...GapReason[]];

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
