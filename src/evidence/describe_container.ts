import { countOf, type JsonObject as RawObject, listOf, objectOf, textOf } from "../inventory/json_field.ts";
import { compact } from "../lifecycle/compact.ts";
import { redactText } from "../redaction/redact_text.ts";
import { type JsonObject, type JsonValue, redactValue } from "../redaction/redact_value.ts";
import type { Redactor } from "../redaction/redactor.ts";
import { clipText, plainText } from "./clip_text.ts";
import type { ContainerView } from "./container_choice.ts";

const LIST_LIMIT = 64;
const ARGUMENT_LENGTH = 512;
/** The kubelet keeps 4 kB of it (pkg/kubelet/container: MaxContainerTerminationMessageLength). */
const TERMINATION_LENGTH = 4_096;
const PROBES = [["liveness", "livenessProbe"], ["readiness", "readinessProbe"], ["startup", "startupProbe"]] as const;
const PROBE_FIGURES = [
  ["initial_delay_seconds", "initialDelaySeconds"],
  ["period_seconds", "periodSeconds"],
  ["timeout_seconds", "timeoutSeconds"],
  ["failure_threshold", "failureThreshold"],
  ["success_threshold", "successThreshold"],
] as const;

/** One container: what it runs, in which state it is, and what it may use. Of environment variables the names alone. */
export function describeContainer({ name, role, spec, status }: ContainerView, redactor: Redactor): JsonObject {
  const { command, args } = describeCommand(spec, redactor);
  const resources = objectOf(spec.resources);
  return compact({
    name,
    role: role === "container" ? undefined : role,
    image: clipText(spec.image),
    image_id: clipText(status.imageID),
    image_pull_policy: clipText(spec.imagePullPolicy),
    ready: typeof status.ready === "boolean" ? status.ready : undefined,
    started: typeof status.started === "boolean" ? status.started : undefined,
    restarts: status.restartCount === undefined ? undefined : countOf(status.restartCount),
    state: describeState(objectOf(status.state), redactor),
    last_state: describeState(objectOf(status.lastState), redactor),
    command,
    args,
    env: namesIn(spec.env),
    env_from: envSources(spec.envFrom),
    ports: ports(spec.ports),
    probes: probes(spec),
    requests: amounts(resources.requests),
    limits: amounts(resources.limits),
    mounts: mounts(spec.volumeMounts),
  });
}

/** A container in a line, for those that the fault is not about. */
export function summarizeContainer({ name, role, status }: ContainerView): JsonObject {
  const state = objectOf(status.state);
  const [word = "unknown"] = Object.keys(state);
  const detail = objectOf(state[word]);
  return compact({
    name,
    role: role === "container" ? undefined : role,
    state: word,
    reason: clipText(detail.reason, 128),
    exit_code: typeof detail.exitCode === "number" ? detail.exitCode : undefined,
    ready: typeof status.ready === "boolean" ? status.ready : undefined,
    restarts: countOf(status.restartCount),
  });
}

/** `{waiting: …}`, `{running: …}` or `{terminated: …}`; `undefined` for none. */
function describeState(state: RawObject, redactor: Redactor): JsonObject | undefined {
  const [word] = Object.keys(state);
  if (word === undefined) return undefined;
  const detail = objectOf(state[word]);
  return {
    [word]: compact({
      reason: clipText(detail.reason, 128),
      message: terminationMessage(detail.message, redactor),
      exit_code: typeof detail.exitCode === "number" ? detail.exitCode : undefined,
      signal: typeof detail.signal === "number" && detail.signal > 0 ? detail.signal : undefined,
      started_at: clipText(detail.startedAt, 64),
      finished_at: clipText(detail.finishedAt, 64),
      container_id: clipText(detail.containerID, 128),
    }),
  };
}

/** What a container says of its end is the end of its log, and begins where the kubelet cut it. */
function terminationMessage(message: unknown, redactor: Redactor): string | undefined {
  const text = textOf(message);
  if (text === "") return undefined;
  return clipText(redactText(text.slice(-4 * TERMINATION_LENGTH), { cut: true, redactor }).text, TERMINATION_LENGTH);
}

/** Both lists as the process gets them: the first of `args` may be the password of the last flag of `command`. */
function describeCommand(
  spec: RawObject,
  redactor: Redactor,
): { command: readonly JsonValue[] | undefined; args: readonly JsonValue[] | undefined } {
  const command = texts(spec.command);
  const args = texts(spec.args);
  const { value } = redactValue([...command, ...args], { redactor });
  const redacted = Array.isArray(value) ? value.map((item) => clipText(item, ARGUMENT_LENGTH) ?? "") : [];
  const cut = (list: readonly string[]) => list.length === 0 ? undefined : list.slice(0, LIST_LIMIT);
  return { command: cut(redacted.slice(0, command.length)), args: cut(redacted.slice(command.length)) };
}

const texts = (list: unknown): readonly string[] => listOf(list).map(textOf);

/** The names of a list of named things; `undefined` for an empty one. */
export function namesIn(list: unknown): readonly string[] | undefined {
  const names = listOf(list).slice(0, LIST_LIMIT).map((item) => clipText(objectOf(item).name, 253) ?? "");
  return names.length === 0 ? undefined : names;
}

function envSources(list: unknown): readonly string[] | undefined {
  const sources = listOf(list).slice(0, LIST_LIMIT).map(objectOf).map((source) => {
    const [kind, of] = source.secretRef === undefined
      ? ["ConfigMap", source.configMapRef]
      : ["Secret", source.secretRef];
    return `${kind}/${clipText(objectOf(of).name, 253) ?? ""}`;
  });
  return sources.length === 0 ? undefined : sources;
}

function ports(list: unknown): readonly string[] | undefined {
  const found = listOf(list).slice(0, LIST_LIMIT).map(objectOf).map((port) => {
    const name = clipText(port.name, 63);
    return `${name === undefined ? "" : `${name} `}${countOf(port.containerPort)}/${
      clipText(port.protocol, 8) ?? "TCP"
    }`;
  });
  return found.length === 0 ? undefined : found;
}

function probes(spec: RawObject): JsonObject | undefined {
  const found = PROBES.flatMap(([name, field]) =>
    spec[field] === undefined ? [] : [[name, probe(objectOf(spec[field]))]]
  );
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** Headers may hold credentials: their names alone. */
function probe(raw: RawObject): JsonObject {
  const http = objectOf(raw.httpGet);
  const figures = PROBE_FIGURES.flatMap(([name, field]) =>
    raw[field] === undefined ? [] : [[name, countOf(raw[field])] as const]
  );
  return {
    ...compact({
      http: raw.httpGet === undefined
        ? undefined
        : `${clipText(http.scheme, 8) ?? "HTTP"} :${portOf(http.port)}${clipText(http.path, 512) ?? "/"}`,
      headers: namesIn(http.httpHeaders),
      tcp: raw.tcpSocket === undefined ? undefined : portOf(objectOf(raw.tcpSocket).port),
      grpc: raw.grpc === undefined ? undefined : portOf(objectOf(raw.grpc).port),
      exec: raw.exec === undefined
        ? undefined
        : texts(objectOf(raw.exec).command).slice(0, LIST_LIMIT).map((word) => clipText(word, ARGUMENT_LENGTH) ?? ""),
    }),
    ...Object.fromEntries(figures),
  };
}

const portOf = (port: unknown): string => typeof port === "number" ? String(port) : clipText(port, 63) ?? "";

/** Quantities by resource, as they are written. */
export function amounts(value: unknown): JsonObject | undefined {
  const pairs = Object.entries(objectOf(value)).slice(0, LIST_LIMIT)
    .map(([name, amount]) => [name.slice(0, 253), plainText(amount).slice(0, 64)]);
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

function mounts(list: unknown): readonly string[] | undefined {
  const found = listOf(list).slice(0, LIST_LIMIT).map(objectOf).map((mount) => {
    const path = `${clipText(mount.name, 253) ?? ""} ${clipText(mount.mountPath, 512) ?? ""}`;
    return path + (mount.readOnly === true ? " ro" : "");
  });
  return found.length === 0 ? undefined : found;
}
