import type { Override } from "./origin.ts";

/** Turns a variable's text into a value as it would stand in the file, or null when it can not. */
type ParseVariable = (text: string) => unknown;

const asText: ParseVariable = (text) => text;
const asBoolean: ParseVariable = (text) => {
  const word = text.trim().toLowerCase();
  return word === "1" || word === "true" ? true : word === "0" || word === "false" ? false : null;
};
const asInteger: ParseVariable = (text) => /^[+-]?\d{1,15}$/.test(text.trim()) ? Number(text) : null;
/** Only commas and blanks are a mistake, not "all of them". */
const asList: ParseVariable = (text) => {
  const items = text.split(",").map((item) => item.trim()).filter((item) => item !== "");
  return items.length > 0 ? items : null;
};
/** A bare number is seconds, as in the file. */
const asDuration: ParseVariable = (text) => /^\d{1,15}(?:\.\d{1,9})?$/.test(text.trim()) ? Number(text) : text.trim();

/** What a parser's failure says after "must be". */
const BOOLEAN = "1, 0, true or false";
const INTEGER = "an integer";
const NAMESPACES = "names of namespaces, separated by commas";

interface EnvironmentVariable {
  readonly variable: string;
  readonly path: readonly string[];
  readonly parse: ParseVariable;
  /** What the parser takes; absent where it takes everything and the key's own rule decides. */
  readonly allowed?: string;
  /** The option of the command line that sets the same, where messages should name it. */
  readonly option?: string;
}

/** Every environment variable that sets a key. An empty value is the same as none. */
export const ENVIRONMENT: readonly EnvironmentVariable[] = [
  { variable: "CLUSTER_ID", path: ["cluster_id"], parse: asText },
  { variable: "CENTRAL_ENDPOINT", path: ["central_endpoint"], parse: asText, option: "--nats" },
  { variable: "RECONNECT_DELAY", path: ["reconnect_delay"], parse: asDuration },
  { variable: "MAX_RETRIES", path: ["max_retries"], parse: asInteger, allowed: INTEGER },
  { variable: "HEARTBEAT_INTERVAL", path: ["heartbeat_interval"], parse: asDuration },
  { variable: "METRICS_INTERVAL", path: ["metrics_interval"], parse: asDuration },
  { variable: "BUFFER_SIZE", path: ["buffer_size"], parse: asInteger, allowed: INTEGER },
  { variable: "LOG_LEVEL", path: ["log_level"], parse: (text) => text.trim().toLowerCase() },
  { variable: "LOG_FORMAT", path: ["log_format"], parse: (text) => text.trim().toLowerCase() },
  { variable: "ENABLE_EVENTS", path: ["enable_events"], parse: asBoolean, allowed: BOOLEAN },
  { variable: "ENABLE_METRICS", path: ["enable_metrics"], parse: asBoolean, allowed: BOOLEAN },
  { variable: "ENABLE_COMMANDS", path: ["enable_commands"], parse: asBoolean, allowed: BOOLEAN },
  { variable: "HEALTH_PORT", path: ["health_port"], parse: asInteger, allowed: INTEGER },
  { variable: "SUBJECT_PREFIX", path: ["subject_prefix"], parse: asText },
  { variable: "SUBJECT_TEMPLATE", path: ["subject_template"], parse: asText },
  { variable: "NATS_CA_FILE", path: ["nats", "tls", "ca_file"], parse: asText },
  { variable: "NATS_CERT_FILE", path: ["nats", "tls", "cert_file"], parse: asText },
  { variable: "NATS_KEY_FILE", path: ["nats", "tls", "key_file"], parse: asText },
  { variable: "NATS_CREDENTIALS_FILE", path: ["nats", "credentials_file"], parse: asText },
  { variable: "NATS_NKEY_SEED_FILE", path: ["nats", "nkey_seed_file"], parse: asText },
  { variable: "NATS_TOKEN_FILE", path: ["nats", "token_file"], parse: asText },
  { variable: "NATS_USER", path: ["nats", "user"], parse: asText },
  { variable: "NATS_PASSWORD_FILE", path: ["nats", "password_file"], parse: asText },
  // One variable for both: a pod that has a Role alone names its namespace once, by the downward API.
  { variable: "WATCH_NAMESPACES", path: ["events", "namespaces", "include"], parse: asList, allowed: NAMESPACES },
  { variable: "WATCH_NAMESPACES", path: ["metrics", "namespaces"], parse: asList, allowed: NAMESPACES },
  { variable: "OTEL_EXPORTER_OTLP_ENDPOINT", path: ["telemetry", "otlp_endpoint"], parse: asText },
  { variable: "OTEL_SERVICE_NAME", path: ["telemetry", "service_name"], parse: asText },
];

/** A variable whose text can not be parsed. */
export interface EnvironmentFault {
  readonly variable: string;
  readonly path: readonly string[];
  readonly allowed: string;
  readonly text: string;
}

/** What the environment sets, and the variables that can not be parsed. */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): { readonly overrides: readonly Override[]; readonly faults: readonly EnvironmentFault[] } {
  const overrides: Override[] = [];
  const faults: EnvironmentFault[] = [];
  for (const { variable, path, parse, allowed } of ENVIRONMENT) {
    const text = env[variable];
    if (text === undefined || text === "") continue;
    const value = parse(text);
    if (value !== null) overrides.push({ path, value, origin: { kind: "environment", variable } });
    else faults.push({ variable, path, text, allowed: allowed ?? "a valid value" });
  }
  return { overrides, faults };
}
