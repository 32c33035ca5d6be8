import { connect, type Msg, type NatsConnection } from "@nats-io/transport-node";
import { isJsonObject, objectOf, textOf } from "../../src/inventory/json_field.ts";

/** A field of a Go struct, as far as encoding/json tells types apart. */
export type GoType =
  | "string"
  | "bool"
  | "int64"
  | "float64"
  | "time.Time"
  | "time.Duration"
  | "[]string"
  | "map[string]string"
  | "map[string]any"
  | "[]map[string]any"
  | GoStruct;
export interface GoStruct {
  readonly [field: string]: GoType;
}

/** What a message is to a Go program: the struct with every field, or why it could not be decoded. */
export type GoDecoded =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly problem: string };

/** RFC 3339 with a zone, which is what time.Time takes. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

const isText = (value: unknown) => typeof value === "string";
// Go refuses a fraction, and what does not fit into 64 bits.
const isInt64 = (value: unknown) => Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 63;
const orNull = (takes: (value: unknown) => boolean) => (value: unknown) => value === null || takes(value);
const isMapOf = (takes: (value: unknown) => boolean) => (value: unknown) =>
  isJsonObject(value) && Object.values(value).every(orNull(takes));
const isListOf = (takes: (value: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.every(orNull(takes));

/** Which JSON value each Go type takes, null aside, and what the field holds where it got none. */
const GO_TYPES: Readonly<
  Record<Extract<GoType, string>, { readonly takes: (value: unknown) => boolean; readonly zero: unknown }>
> = {
  string: { takes: isText, zero: "" },
  bool: { takes: (value) => typeof value === "boolean", zero: false },
  int64: { takes: isInt64, zero: 0 },
  float64: { takes: (value) => typeof value === "number", zero: 0 },
  "time.Time": {
    takes: (value) => TIME.test(textOf(value)) && !Number.isNaN(Date.parse(textOf(value))),
    zero: "0001-01-01T00:00:00Z",
  },
  "time.Duration": { takes: isInt64, zero: 0 },
  "[]string": { takes: isListOf(isText), zero: null },
  "map[string]string": { takes: isMapOf(isText), zero: null },
  "map[string]any": { takes: isJsonObject, zero: null },
  "[]map[string]any": { takes: isListOf(isJsonObject), zero: null },
};

/**
 * Decodes a message as encoding/json would: fields that the struct does not have are passed over, case does not matter,
 * null leaves the zero value, and a field of another type makes the whole message a failure.
 */
export function decodeAsGo(name: string, struct: GoStruct, body: string): GoDecoded {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { ok: false, problem: `${name}: no JSON: ${body.slice(0, 100)}` };
  }
  return decodeStruct(name, struct, json);
}

function decodeStruct(name: string, struct: GoStruct, json: unknown): GoDecoded {
  if (json !== null && !isJsonObject(json)) return { ok: false, problem: `${name}: no object` };
  const given = new Map(Object.entries(objectOf(json)).map(([key, value]) => [key.toLowerCase(), value]));
  const value: Record<string, unknown> = {};
  for (const [field, type] of Object.entries(struct)) {
    const raw = given.get(field) ?? null;
    const where = `${name}.${field}`;
    if (typeof type !== "string") {
      const inner = decodeStruct(where, type, raw);
      if (!inner.ok) return inner;
      value[field] = raw === null ? null : inner.value;
    } else if (raw === null) value[field] = GO_TYPES[type].zero;
    else if (GO_TYPES[type].takes(raw)) value[field] = raw;
    else return { ok: false, problem: `cannot unmarshal ${JSON.stringify(raw)} into ${where} of type ${type}` };
  }
  return { ok: true, value };
}

/** The kinds of message that agent-manager subscribes to, each with the fields of the struct that it decodes into. */
const MESSAGES = {
  register: {
    id: "string",
    cluster_id: "string",
    cluster_name: "string",
    version: "string",
    status: "string",
    last_heartbeat: "time.Time",
    registered_at: "time.Time",
    updated_at: "time.Time",
    metadata: "map[string]any",
    capabilities: "[]string",
    connection_info: {
      endpoint: "string",
      connected_at: "time.Time",
      last_seen: "time.Time",
      reconnect_count: "int64",
    },
  },
  heartbeat: { agent_id: "string", cluster_id: "string", timestamp: "time.Time" },
  event: {
    id: "string",
    cluster_id: "string",
    timestamp: "time.Time",
    type: "string",
    source: "string",
    severity: "string",
    reason: "string",
    message: "string",
    namespace: "string",
    labels: "map[string]string",
    raw_data: "map[string]any",
    processed_at: "time.Time",
  },
  metrics: {
    id: "string",
    cluster_id: "string",
    timestamp: "time.Time",
    cluster_metrics: "map[string]any",
    node_metrics: "[]map[string]any",
    pod_metrics: "[]map[string]any",
    namespace_metrics: "[]map[string]any",
  },
  result: {
    id: "string",
    command_id: "string",
    cluster_id: "string",
    status: "string",
    exit_code: "int64",
    output: "string",
    error: "string",
    execution_time: "time.Duration",
    timestamp: "time.Time",
  },
} as const satisfies Record<string, GoStruct>;
export type ManagerKind = keyof typeof MESSAGES;
const KINDS = Object.keys(MESSAGES).filter((kind): kind is ManagerKind => kind in MESSAGES);

/** Decodes a message of one kind as agent-manager does. */
export const decodeForManager = (kind: ManagerKind, body: string): GoDecoded => decodeAsGo(kind, MESSAGES[kind], body);

/** A message that was decoded. */
export interface ManagerMessage {
  readonly kind: ManagerKind;
  /** The cluster that the subject names. */
  readonly cluster: string;
  /** Every field of the struct, and no other. */
  readonly value: Readonly<Record<string, unknown>>;
}

/** A command in the words of agent-manager's API. */
export interface ManagerCommand {
  readonly id: string;
  readonly tool: string;
  readonly action: string;
  /** A nil slice is null on the wire. */
  readonly args: readonly string[] | null;
  readonly namespace: string;
  readonly timeoutNs: number;
}

/** agent-manager as an agent meets it: what it subscribes to, decodes, keeps and sends. Its tables outlive a restart. */
export interface AgentManager extends AsyncDisposable {
  /** Connects and subscribes; resolves when the server has the subscriptions. */
  start(): Promise<void>;
  /** Goes away, and with it what it knew of agents in memory. */
  stop(): Promise<void>;
  received(kind: ManagerKind): readonly ManagerMessage[];
  /** Whether a heartbeat found the agent that it names, each in order. */
  readonly heartbeatsFound: readonly boolean[];
  /** Ids of the rows of its table of events. */
  readonly stored: ReadonlySet<string>;
  /** Ids of events that came again. */
  readonly repeated: readonly string[];
  /** Ids of events that it does not keep: of low severity, or of a cluster, reason and name seen within five minutes. */
  readonly filtered: readonly string[];
  /** What it would log as an error. */
  readonly errors: readonly string[];
  /** Publishes a command to the agent of a cluster, with every field of its struct. */
  command(cluster: string, command: ManagerCommand): void;
}

const FILTER_MS = 5 * 60_000;
const KEPT_SEVERITIES: ReadonlySet<string> = new Set(["medium", "high", "critical"]);

/** Makes an agent-manager that is not started yet. */
export function createAgentManager(url: string): AgentManager {
  let connection: NatsConnection | null = null;
  const messages: ManagerMessage[] = [];
  const registry = new Set<string>();
  const heartbeatsFound: boolean[] = [];
  const stored = new Set<string>();
  const seenIds = new Set<string>();
  const repeated: string[] = [];
  const filtered: string[] = [];
  const lastKept = new Map<string, number>();
  const errors: string[] = [];

  const take: Readonly<Record<ManagerKind, (value: ManagerMessage["value"], message: Msg) => void>> = {
    register(value, message) {
      const id = textOf(value.id);
      if (id === "") return void errors.push("register: the primary key of an agent is empty");
      registry.add(id);
      const answer = JSON.stringify({ status: "registered", agent_id: id });
      if (!message.respond(answer)) errors.push("register: message does not have a reply");
    },
    heartbeat: (value) => void heartbeatsFound.push(registry.has(textOf(value.agent_id))),
    event(value) {
      const id = textOf(value.id);
      if (id === "") return void errors.push("event: the primary key is empty");
      if (seenIds.has(id)) repeated.push(id);
      seenIds.add(id);
      const key = [value.cluster_id, value.reason, objectOf(value.labels).name].join(":");
      const seenLately = Date.now() - (lastKept.get(key) ?? -Infinity) < FILTER_MS;
      if (!KEPT_SEVERITIES.has(textOf(value.severity)) || seenLately) return void filtered.push(id);
      lastKept.set(key, Date.now());
      stored.add(id);
    },
    metrics: () => {},
    result: () => {},
  };

  function hear(kind: ManagerKind, message: Msg): void {
    const decoded = decodeForManager(kind, message.string());
    if (!decoded.ok) return void errors.push(decoded.problem);
    messages.push({ kind, cluster: message.subject.split(".")[2] ?? "", value: decoded.value });
    take[kind](decoded.value, message);
  }

  async function stop(): Promise<void> {
    await connection?.close();
    connection = null;
    registry.clear();
  }

  return {
    async start() {
      const opened = connection = await connect({ servers: url, name: "agent-manager" });
      for (const kind of KINDS) {
        opened.subscribe(`aetherius.agent.*.${kind}`, {
          callback: (error, message) => error === null ? hear(kind, message) : void errors.push(error.message),
        });
      }
      await opened.flush();
    },
    stop,
    received: (kind) => messages.filter((message) => message.kind === kind),
    heartbeatsFound,
    stored,
    repeated,
    filtered,
    errors,
    command(cluster, command) {
      if (connection === null) throw new Error("agent-manager is not started");
      connection.publish(`aetherius.agent.${cluster}.command`, JSON.stringify(encodeCommand(cluster, command)));
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** The struct as encoding/json writes it: no field is left out, a nil map is null, a duration is nanoseconds. */
function encodeCommand(cluster: string, { timeoutNs, ...command }: ManagerCommand) {
  const now = goTime(Date.now());
  return {
    id: command.id,
    cluster_id: cluster,
    type: "diagnostic",
    tool: command.tool,
    action: command.action,
    args: command.args,
    namespace: command.namespace,
    timeout: timeoutNs,
    issued_by: "",
    correlation_id: "",
    status: "pending",
    created_at: now,
    updated_at: now,
    metadata: null,
  };
}

/** A time as Go writes it: nanoseconds, and the zone of the machine, here two hours east of Greenwich. */
function goTime(atMs: number): string {
  return `${new Date(atMs + 2 * 3_600_000).toISOString().slice(0, -1)}456789+02:00`;
}
