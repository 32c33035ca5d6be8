import { MESSAGE_KINDS } from "../wire/message_kind.ts";

/** Why a message was lost on purpose: each reason that anybody drops, settles or counts with, and what it means. */
export const DROP_REASONS = {
  overflow: "more messages waited for the bus than `buffer_size`",
  memory: "what waited for the bus took more memory than the outbox may hold (`outbox.max_bytes`)",
  spool_full: "more waited than the spool holds",
  damaged: "what the spool held can't be read",
  stale: "a heartbeat or metrics report too old to be of use",
  too_large:
    "above the server's `max_payload`, the stream's `max_msg_size`, what a command may have, a quarter of the spool, or what the outbox may hold of its kind",
  not_leading: "a command that was still in the socket of a replica that leads no longer",
  refused: "the bus takes no updates: NATS does not allow the subject, or no stream covers it",
  flood: "more commands at once than could ever be answered",
} as const satisfies Readonly<Record<string, string>>;
export type DropReason = keyof typeof DROP_REASONS;

/** What can be dropped. `spooled`: a message on disk of which nobody can tell any more what it was. */
export const DROPPED_KINDS = [...MESSAGE_KINDS, "heartbeat", "command", "spooled"] as const;
export type DroppedKind = (typeof DROPPED_KINDS)[number];
