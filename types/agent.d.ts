// What agents and central programs say to each other over NATS. Written by `deno task docs:asyncapi` from the definitions
// that the agent itself reads and writes by; docs/asyncapi.yaml has the subjects and headers.
//
// A later version may add fields, and words to a list: pass over what you do not know.

/** The type of each kind of message, by the word in its subject. `events` has one event a line. */
export interface Messages {
  register: AgentInfo;
  heartbeat: Heartbeat;
  event: Event;
  events: Event;
  metrics: MetricsReport;
  result: CommandResult;
  update: Update;
  command: Command;
}

/** What an agent says of itself on `agent.register.<cluster_id>`, after each connect and every five minutes. */
export interface AgentInfo {
  cluster_id: string;
  /** The same as `cluster_id`, for central programs that keep agents under a key of this name. */
  id?: string;
  version: string;
  /** When this process started. */
  start_time: Time;
  /** What is enabled. Central programs may know fewer or more than these. */
  capabilities: string[];
  provider?: string | null;
  cluster_name?: string | null;
  region?: string | null;
  /** The UID of the namespace kube-system, whatever `cluster_id` is made from: two clusters under one id differ here. */
  cluster_uid?: string | null;
  /** What the platform team calls it: `env: prod`. */
  labels?: Record<string, string>;
  /** What this agent understands beyond the first version. */
  features?: string[];
  /** Made anew by every process: two agents under one id differ here. */
  instance?: string | null;
  /** `leader` where there are replicas; the others do not register. */
  role?: "leader";
  /** The leader's term: see `Agent-Epoch`. */
  epoch?: string;
  /** The UID of the Lease that replicas share: those of one Lease are one agent. */
  lease_uid?: string;
}

/** A time: RFC 3339, in UTC. Read as text; whoever compares times parses them. */
export type Time = string;

/** A sign of life on `agent.heartbeat.<cluster_id>`; every figure is the true one at `timestamp`. */
export interface Heartbeat {
  cluster_id: string;
  /** The same as `cluster_id`, for central programs that look for the agent under this name. */
  agent_id?: string;
  timestamp: Time;
  status: HeartbeatStatus;
  metrics: HeartbeatMetrics;
  /** The process that beats, as in its registration. */
  instance?: string | null;
  /** `leader` where there are replicas; the others do not beat. */
  role?: "leader";
  /** The leader's term: see `Agent-Epoch`. */
  epoch?: string;
  /** The last beat of an orderly stop. */
  stopping?: boolean;
  /** Why the status is `degraded`, in words. */
  reasons?: string[];
  version?: string;
  /** How often it beats. */
  interval_seconds?: number;
  /** Faults reported within the last hour, by severity. */
  faults_1h?: HeartbeatFaults1h;
  /** The rules that were reported most often within the last hour. */
  top_rules_1h?: HeartbeatTopRules1h[];
  /** Seconds since the watch last heard from the API server; null before the first time. */
  watch_lag_seconds?: number | null;
  /** Messages lost on purpose since the start. */
  dropped_total?: number;
  /** Gaps reported within the last hour. */
  gaps_1h?: number;
}

export type HeartbeatStatus = "healthy" | "degraded";

export interface HeartbeatMetrics {
  event_queue_size: number;
  metrics_queue_size: number;
  command_queue_size: number;
  result_queue_size?: number;
  uptime_seconds: number;
}

export interface HeartbeatFaults1h {
  critical: number;
  high: number;
  medium: number;
  low: number;
}

export interface HeartbeatTopRules1h {
  rule: string;
  count: number;
}

/** A fault or another report on `agent.event.<cluster_id>`. */
export interface Event {
  /** The same for the same occurrence however often it is sent; also the `Nats-Msg-Id` header. */
  id: string;
  cluster_id: string;
  /** `k8s_event`: an Event of the cluster. `k8s_state`: a fault that the state of an object shows. `agent_gap`: events may have been lost; `reason` says why. */
  type: EventType;
  source: EventSource;
  /** Empty for an object without one. */
  namespace: string;
  severity: Severity;
  reason: string;
  message: string;
  /** When it last happened. */
  timestamp: Time;
  reported_at: Time;
  /** `kind`, `name` and `uid` of the object, `owner_kind` and `owner_name`, `node`, `container` and more. */
  labels: Record<string, string>;
  /** Of the Event as the cluster has it. */
  raw_data: EventRawData;
  /** The fault rule that matched: `image.pull.not_found`. */
  rule?: string;
  category?: string;
  /** What the rule means, in words. */
  explanation?: string;
  /** Where no rule matched: the signs in the event's words that its severity comes from. */
  graded_by?: string[];
  /** What it belongs to: faults that have one cause share it. The key is the same whenever it comes again, the id is not. */
  incident?: EventIncident;
  caused_by?: Cause[];
}

export type EventType = "k8s_event" | "k8s_state" | "agent_gap";

export type EventSource = "kubernetes" | "agent";

/** How bad a fault is. */
export type Severity = "critical" | "high" | "medium" | "low";

export interface EventRawData {
  count?: number;
  first_timestamp?: Time | null;
  last_timestamp?: Time | null;
  involved_object?: Record<string, string>;
  [key: string]: unknown;
}

export interface EventIncident {
  id: string;
  key: string;
  family: string;
  opened_at: Time;
  /** Reports of it so far, this one included. */
  reports: number;
}

/** What probably made a fault: it is never a reason to keep a report back. */
export interface Cause {
  /** `node`, `change`, `shared`, `owner` or `api`; others may come. */
  kind: string;
  /** `Node/node-6`, `Deployment/shop/web`, `registry/registry.example.com`. */
  object: string;
  at: Time;
  confidence: CauseConfidence;
  /** In a sentence, with the figures. */
  reason: string;
  /** The incident that it is, where it is one. */
  incident?: string;
}

export type CauseConfidence = "high" | "medium";

/** A metrics report, or one part of it, on `agent.metrics.<cluster_id>`. A part of `data` that could not be read is absent, and `errors` says why under its key (`nodes`, `namespaces.services`, `node_details.node-1`). */
export interface MetricsReport {
  /** Of this part; the same however often it is sent. */
  id?: string;
  cluster_id: string;
  timestamp: Time;
  data: MetricsData;
  errors?: Record<string, string>;
}

/** What a report says, each key by a collector of its own; a split report has some keys in each part. */
export interface MetricsData {
  cluster?: MetricsDataCluster;
  nodes?: Nodes;
  node_details?: Record<string, NodeDetail>;
  /** Every key may be in another part of a split report. */
  pods?: Pods;
  namespaces?: Record<string, Namespace>;
}

export interface MetricsDataCluster {
  version: string;
  git_version: string;
  platform: string;
}

/** The nodes of a cluster, added up. */
export interface Nodes {
  total: number;
  ready: number;
  not_ready: number;
  schedulable: number;
  capacity: ResourceTotals;
  allocatable: ResourceTotals;
  usage?: Usage;
}

/** Totals over nodes, in base units. A key is absent when no node says it: what is not known is never 0. */
export interface ResourceTotals {
  cpu_cores?: number;
  memory_bytes?: number;
  pods?: number;
  /** Bytes. */
  ephemeral_storage?: number;
}

/** What is used now, by the metrics API (`metrics.k8s.io`). */
export interface Usage {
  cpu_cores: number;
  memory_bytes: number;
  /** How many nodes or pods the figures cover: the metrics API may not know them all. */
  covers: number;
  /** When it was read: beside many pods it is read less often than a report is sent. */
  as_of: Time;
}

/** One node. */
export interface NodeDetail {
  name: string;
  ready: boolean;
  schedulable: boolean;
  labels: Texts;
  annotations: Texts;
  conditions: Record<string, NodeCondition>;
  node_info: NodeDetailNodeInfo;
  /** As the node writes them: `"4"`, `"3920m"`, `"15931268Ki"`. */
  capacity: Quantities;
  allocatable: Quantities;
  usage?: Quantities;
}

export type Texts = Record<string, string>;

/** A condition of a node, as the node writes it. */
export interface NodeCondition {
  status: string;
  reason: string;
  message: string;
}

export interface NodeDetailNodeInfo {
  architecture?: string;
  os_image?: string;
  kernel_version?: string;
  kubelet_version?: string;
  runtime_version?: string;
  operating_system?: string;
}

export type Quantities = Record<string, string>;

/** The pods of a cluster, added up. */
export interface Pods {
  total?: number;
  by_phase?: Record<string, number>;
  by_namespace?: Record<string, number>;
  total_restarts?: number;
  usage?: Usage;
}

/** One namespace. */
export interface Namespace {
  name: string;
  /** Absent, as `created` is, where the agent may not read the namespace object itself. */
  status?: string;
  created?: Time;
  labels: Texts;
  annotations: Texts;
  /** A count is absent where it is not known. */
  resources: NamespaceResources;
  usage?: Usage;
}

export interface NamespaceResources {
  pods?: number;
  services?: number;
  configmaps?: number;
  secrets?: number;
}

/** The one final answer to a command, on `agent.result.<cluster_id>`. */
export interface CommandResult {
  /** Made from the command and the outcome; the same however often the result is sent. */
  id?: string;
  command_id: string;
  cluster_id: string;
  status: CommandResultStatus;
  output: string;
  error: string;
  exit_code: number;
  duration: Nanoseconds;
  execution_time: Nanoseconds;
  truncated: boolean;
  timestamp: Time;
  refusal?: Refusal;
}

export type CommandResultStatus = "success" | "failed" | "timeout";

/** A duration in nanoseconds, an integer: what Go's `time.Duration` is in JSON. */
export type Nanoseconds = number;

/** Why a command was refused: which layer, a stable code, and a sentence. The same object `agent check-command` prints. */
export interface Refusal {
  layer: string;
  code: string;
  reason: string;
}

/** What becomes of an incident after its report; `kind` says which update it is. */
export type Update = EvidenceUpdate | ResolvedUpdate | QuietUpdate | StormUpdate | OpenUpdate;

/** What was found out about an incident after its report. */
export interface EvidenceUpdate {
  /** The same however often it is sent; also the `Nats-Msg-Id` header. */
  id: string;
  cluster_id: string;
  timestamp: Time;
  kind: "evidence";
  incident_id: string;
  /** The report that it was gathered for. */
  event_id?: string;
  evidence: Record<string, unknown>;
  /** What is missing, and why: `forbidden`, `budget`, `gone`. */
  omitted: EvidenceUpdateOmitted[];
  /** What it cost the API server. */
  cost: EvidenceUpdateCost;
  truncated: boolean;
}

export interface EvidenceUpdateOmitted {
  part: string;
  reason: string;
}

export interface EvidenceUpdateCost {
  requests: number;
  bytes: number;
  duration: Nanoseconds;
}

/** An incident is over: `objects` prove it, or they are `gone`. */
export interface ResolvedUpdate {
  /** The same however often it is sent; also the `Nats-Msg-Id` header. */
  id: string;
  cluster_id: string;
  timestamp: Time;
  incident_id: string;
  incident_key: string;
  family: string;
  namespace: string;
  object: IncidentObject;
  severity: Severity;
  opened_at: Time;
  /** Reports of it. */
  reports: number;
  caused_by?: Cause[];
  kind: "resolved";
  ended_at: Time;
  open_for: Nanoseconds;
  by: ResolvedUpdateBy;
  /** In words: `10 of 10 pods ready for 10m`. */
  proof: string;
  event_ids: string[];
}

/** What an incident is about: the top owner, or the object itself. */
export interface IncidentObject {
  kind: string;
  name: string;
}

export type ResolvedUpdateBy = "objects" | "gone";

/** Nothing new was heard of an incident for a while, and nothing can prove its end: this is not one. */
export interface QuietUpdate {
  /** The same however often it is sent; also the `Nats-Msg-Id` header. */
  id: string;
  cluster_id: string;
  timestamp: Time;
  incident_id: string;
  incident_key: string;
  family: string;
  namespace: string;
  object: IncidentObject;
  severity: Severity;
  opened_at: Time;
  /** Reports of it. */
  reports: number;
  caused_by?: Cause[];
  kind: "quiet";
  last_report_at: Time;
  event_ids: string[];
}

/** Many reports at once, counted, so that nobody has to. Every report was sent all the same. */
export interface StormUpdate {
  /** The same however often it is sent; also the `Nats-Msg-Id` header. */
  id: string;
  cluster_id: string;
  timestamp: Time;
  kind: "storm";
  /** The time that the figures cover. */
  window: Nanoseconds;
  reports: number;
  /** Incidents that opened in that time. */
  incidents: number;
  /** The five with the most reports of each. */
  categories: Count[];
  nodes: Count[];
  namespaces: Count[];
  shared_causes: Count[];
  /** Incidents for which no evidence was gathered, to spare the API server. */
  evidence_skipped: number;
}

export interface Count {
  name: string;
  reports: number;
}

/** All incidents that are open: what a central program has open and does not find here has ended. */
export interface OpenUpdate {
  /** The same however often it is sent; also the `Nats-Msg-Id` header. */
  id: string;
  cluster_id: string;
  timestamp: Time;
  kind: "open";
  /** More than one message where there are many: `1` of `1` mostly. An incident is over if it is in none of them. */
  part: number;
  parts: number;
  incidents: OpenIncident[];
}

/** An incident that is open. */
export interface OpenIncident {
  incident_id: string;
  incident_key: string;
  family: string;
  namespace: string;
  object: IncidentObject;
  severity: Severity;
  opened_at: Time;
  /** Reports of it. */
  reports: number;
  caused_by?: Cause[];
}

/** A command as it comes from the bus, before any policy. Fields that the protocol does not know are dropped. */
export interface Command {
  /** A second command with the same id gets the result of the first. */
  id: string;
  type: CommandType;
  /** `tool`, `action` and `args` make one list of arguments; no shell reads it. */
  tool: string;
  action?: string;
  args?: string[] | null;
  /** An integer of nanoseconds or a Go duration string, such as `30s`. Absent or 0: 30 s. */
  timeout?: number | string | null;
  created_at?: Time | null;
  /** Refused but for variables that the policy allows. */
  env?: Record<string, string> | null;
  /** Where a namespaced kubectl verb runs; "" is none. */
  namespace?: string | null;
  /** Another cluster than that of the subject makes the command refused. */
  cluster_id?: string | null;
  /** Goes to the audit log, as `correlation_id` does. */
  issued_by?: string | null;
  correlation_id?: string | null;
}

export type CommandType = "diagnostic" | "info";
