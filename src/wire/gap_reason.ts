/** Why events may have been lost: a stable word, and the sentence that goes with it. */
export const GAP_REASONS = {
  CheckpointTooOld: "The agent was away for longer than the API server keeps events; some may have expired unseen.",
  WatchAwayTooLong:
    "The watch was interrupted for longer than the API server keeps events; some may have expired unseen.",
  VersionsWentBack:
    "The API server's versions went back, as after a restore from a backup; new events were chosen by time.",
  OutboxOverflow: "More events waited for NATS than the outbox holds; the least severe and oldest were dropped.",
  SpoolOverflow: "More events waited for NATS than the spool holds; the least severe and oldest were dropped.",
  SpoolDamaged: "Some of what the spool held could not be read.",
  MessageTooLarge: "Reports were larger than NATS, its stream, the spool or the outbox takes, and were dropped.",
  UnreadableEvent: "The API server sent events that could not be read.",
} as const;
export type GapReason = keyof typeof GAP_REASONS;
/** The same as a list, for what is read from outside. */
export const GAP_REASON_NAMES = Object.keys(GAP_REASONS) as [GapReason, ...GapReason[]];
