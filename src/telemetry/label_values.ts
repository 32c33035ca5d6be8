/**
 * The values that labels of series take: what is not here does not compile where it is counted. Values that are part of a
 * message stand in src/wire. A table says what a value means where the name alone does not.
 */

/** How an event came. */
export const EVENT_ARRIVALS = {
  ADDED: "from the watch",
  MODIFIED: "from the watch",
  DELETED: "from the watch",
  LISTED: "from the list before it",
} as const;

/** Why an event is not reported. */
export const IGNORE_REASONS = {
  normal: "no rule knows it, and it is no Warning",
  rule: "known noise",
  young: "routine in its first moments, reported if it lasts",
  unknown_warning: "with `events.unknown_warnings: drop`",
  namespace: "excluded",
  unchanged: "an edit, or a copy",
  repeat_held: "held until the end of its window",
  deleted: "expired",
  unreadable: "not the shape of an Event",
  backlog: "older than `events.backlog`",
  already_seen: "listed again",
} as const;
export type IgnoreReason = keyof typeof IGNORE_REASONS;

/** Categories of the built-in rules; a rule of the configuration may have another. */
export const CATEGORIES = [
  "admission",
  "autoscaling",
  "backup",
  "certificate",
  "config",
  "control_plane",
  "crash",
  "custom",
  "database",
  "deployment",
  "dns",
  "eviction",
  "image",
  "job",
  "lifecycle",
  "machine",
  "network",
  "node",
  "oom",
  "probe",
  "quota",
  "runtime",
  "sandbox",
  "scheduling",
  "unknown",
  "volume",
] as const;

/** What holds bytes. What waits in a store of the outbox and what is in flight add up to what the outbox holds. */
export const STORES = {
  outbox_event: "events that wait for the bus",
  outbox_metrics: "metrics reports that wait for the bus",
  outbox_result: "results that wait for the bus",
  outbox_update: "updates of incidents that wait for the bus",
  acks_in_flight: "sent, and not yet confirmed by the bus",
  command_queue: "commands that nobody has looked at yet",
  commands_open: "commands that are not answered yet",
  command_results: "ids and answers of commands that are remembered",
  spool_writes: "on their way to the disk",
  spool: "on the disk, not in memory",
} as const;
export type Store = keyof typeof STORES;

/** The collections that are watched. */
export const WATCHED_RESOURCES = [
  "events",
  "nodes",
  "pods",
  "namespaces",
  "services",
  "configmaps",
  "secrets",
  "leases",
  "deployments",
  "statefulsets",
  "daemonsets",
  "horizontalpodautoscalers",
  "apiservices",
] as const;
export type WatchedResource = (typeof WATCHED_RESOURCES)[number];

/** Why a watch, or the list before it, ended and goes on. */
export const WATCH_END_CAUSES = {
  closed: "as the API server does every few minutes",
  silent_close: "at once and without a message: how some servers say that a version is stale",
  expired: "410: the version is no longer kept",
  version_ahead: "the server's versions are behind: it was restored from a backup",
  too_many_requests: "429",
  unauthorized: "401",
  forbidden: "403",
  server_error: "5xx, or the network",
  stalled: "neither event nor bookmark for too long",
} as const;
export type WatchEndCause = keyof typeof WATCH_END_CAUSES;

/** Why a line of a watch could not be used. */
export const SKIPPED_LINE_REASONS = {
  too_long: "longer than any object of the API",
  invalid_utf8: "not UTF-8",
  invalid_json: "not JSON",
  unexpected: "JSON of another shape than a watch event",
} as const;
export type SkippedLineReason = keyof typeof SKIPPED_LINE_REASONS;

/** Why a publish failed and is tried again. */
export const PUBLISH_ERROR_REASONS = {
  disconnected: "the connection ended",
  flush_timeout: "the connection is up and moves nothing",
  no_listener: "nobody is subscribed to the subject, with `nats.delivery: core`",
  refused: "the user may not publish there",
  no_stream: "no stream takes the subject, or JetStream is off",
  wrong_stream: "the subject belongs to another stream than `nats.stream`",
  no_leader: "the stream has no leader now",
  stream_full: "the stream's limits are reached",
  stream_error: "another error of the stream",
  ack_timeout: "no acknowledgement in time",
} as const;
export type PublishErrorReason = keyof typeof PUBLISH_ERROR_REASONS;

/** Why a replica that led does so no longer. */
export const LEAD_LOST_REASONS = {
  expired: "the Lease could not be renewed in time",
  taken: "another replica holds the Lease",
  deleted: "the Lease is gone",
  no_bus: "NATS was away for 15 seconds, and another replica may reach it",
  not_started: "what was reported before could not be read",
  stopping: "the process stops",
} as const;
export type LeadLostReason = keyof typeof LEAD_LOST_REASONS;

/** What kind of trouble the bus has. */
export const NATS_ERROR_KINDS = {
  authorization: "the credentials were refused, or have expired",
  permission: "a subject is not allowed",
  tls: "the TLS handshake failed",
  timeout: "no answer in time",
  refused: "nobody listens there",
  configuration: "a file of the configuration can't be used",
  other: "anything else",
} as const;
export type NatsErrorKind = keyof typeof NATS_ERROR_KINDS;

/** The families that join what one cause makes; a category that belongs to none is one of its own. */
export const FAMILY_NAMES = ["image", "run", "place", "volume", "net", "node", "shared"] as const;

/** How an incident ended for the agent. */
export const INCIDENT_ENDS = {
  objects: "resolved: the objects are healthy again",
  gone: "resolved: the objects were deleted",
  quiet: "nothing new for `incidents.quiet_after`, and nothing can prove its end",
  evicted: "forgotten: more were open than the agent holds",
} as const;

/** What became of a request for evidence. */
export const EVIDENCE_OUTCOMES = {
  sent: "an update was put into the outbox",
  low_severity: "below `evidence.min_severity`",
  excluded: "a namespace of `evidence.namespaces.exclude`",
  repeated: "the incident had its evidence lately",
  storm: "in a storm, only the first objects of a cause get evidence",
  queue_full: "more severe ones waited",
  expired: "it waited for the budget for so long that it would have described another moment",
  empty: "nothing was available",
  failed: "a fault of the agent",
  stopped: "the agent stopped",
} as const;
export type EvidenceOutcome = keyof typeof EVIDENCE_OUTCOMES;

/** Why a part of the evidence is missing. */
export const EVIDENCE_OMISSIONS = {
  forbidden: "403: the agent's role does not allow it; no retry for ten minutes",
  gone: "404: the object is no more",
  not_available: "the kubelet has no such log, or is away",
  budget: "the requests of this bundle, or the bytes of this minute, were used up",
  timeout: "five seconds were over",
  throttled: "429 or 5xx: the API server is left alone for a while",
  unanswered: "no answer, or one that makes no sense",
  too_large: "the object is larger than the agent reads",
  unreadable: "the answer is no object",
  size: "it did not fit into `evidence.max_bytes`",
} as const;
export type EvidenceOmission = keyof typeof EVIDENCE_OMISSIONS;

/** Who else uses this cluster's id. */
export const IDENTITY_CLASHES = {
  other_cluster: "another cluster: its kube-system is another one",
  other_agent: "a second agent of this cluster, or of a copy of it",
} as const;
export type IdentityClashKind = keyof typeof IDENTITY_CLASHES;

/** What became of a command. */
export const COMMAND_VERDICTS = {
  success: "it ran, and exited with 0",
  failed: "it ran and did not, or the agent failed",
  timeout: "it was ended by its timeout",
  refused: "the policy does not allow it",
  busy: "too many ran and waited",
  repeated: "its id was known, and the first answer was repeated",
} as const;
export type CommandVerdict = keyof typeof COMMAND_VERDICTS;
