import type { JsonObject, JsonValue } from "../redaction/redact_value.ts";

/** Longer messages say it in their beginning. */
const LENGTH = 4_096;
const REASONS_LIMIT = 20;

interface MessageRule {
  readonly name: string;
  read(text: string): JsonValue;
}

/** The first group of `pattern`, or `null`. */
const first = (pattern: RegExp) => (text: string): JsonValue => pattern.exec(text)?.[1] ?? null;

/** What the words of components say in figures and names; each in time proportional to the text. */
const RULES: readonly MessageRule[] = [
  { name: "scheduling", read: readScheduling },
  { name: "quota", read: readQuota },
  { name: "image", read: first(/\bimage "([^"\s]{1,500})"/) },
  { name: "registry", read: readRegistry },
  { name: "http_status", read: readHttpStatus },
  { name: "host", read: readHost },
  { name: "webhook", read: first(/failed calling webhook "([^"\s]{1,253})"/) },
  { name: "exit_code", read: (text) => numberOf(/exit(?:ed with)? (?:code|status):? (\d{1,3})\b/i.exec(text)?.[1]) },
  { name: "missing", read: readMissing },
  { name: "probe", read: first(/^(Liveness|Readiness|Startup) probe (?:failed|errored)/) },
];

/** What the message of a fault says in figures and names; `null` where it says nothing of the kind. */
export function parseMessage(message: string): JsonObject | null {
  const text = message.slice(0, LENGTH);
  const found = RULES.map(({ name, read }): [string, JsonValue] => [name, read(text)]).filter(([, value]) =>
    value !== null
  );
  return found.length === 0 ? null : Object.fromEntries(found);
}

const numberOf = (digits: string | undefined): number | null => digits === undefined ? null : Number(digits);

/**
 * `0/20 nodes are available: 3 Insufficient cpu, 17 node(s) didn't match Pod's node affinity/selector. preemption: …`
 * (pkg/scheduler/framework/types.go, FitError.Error).
 */
function readScheduling(text: string): JsonValue {
  const head = /\b(\d{1,6})\/(\d{1,6}) nodes are available:? ?/.exec(text);
  if (head === null) return null;
  // Behind the full stop come the plugins that run after the filters: `no new claims to deallocate, preemption: …`.
  const rest = text.slice(head.index + head[0].length).split(/\. | ?preemption: /, 1)[0] ?? "";
  const reasons = rest.split(/, (?=\d)/).flatMap((reason) => {
    const [, nodes, words] = /^(\d{1,6}) (.*)$/s.exec(reason) ?? [];
    return nodes === undefined || words === undefined
      ? []
      : [{ nodes: Number(nodes), reason: words.replace(/\.\s*$/, "") }];
  });
  return { available: Number(head[1]), nodes: Number(head[2]), reasons: reasons.slice(0, REASONS_LIMIT) };
}

/** `exceeded quota: NAME, requested: a=1,b=2, used: a=3, limited: a=4` (pkg/admission/plugin/resourcequota). */
function readQuota(text: string): JsonValue {
  const found =
    /exceeded quota: ([a-z0-9.-]{1,253}), requested: ([^ ]{1,500}), used: ([^ ]{1,500}), limited: ([^ ]{1,500})/
      .exec(text);
  if (found === null) return null;
  const [, name = "", requested = "", used = "", limited = ""] = found;
  return { name, requested: amounts(requested), used: amounts(used), limited: amounts(limited) };
}

function amounts(text: string): JsonObject {
  return Object.fromEntries(
    text.split(",").flatMap((pair) => {
      const at = pair.indexOf("=");
      return at <= 0 ? [] : [[pair.slice(0, at), pair.slice(at + 1)]];
    }),
  );
}

/** A quota's name in a message; "" where it names none. */
export function quotaName(message: string): string {
  return /exceeded quota: ([a-z0-9.-]{1,253})/.exec(message)?.[1] ?? "";
}

/** The registry of an image (github.com/distribution/reference): a first part with a dot or a port, or "localhost". */
function readRegistry(text: string): JsonValue {
  const image = /\bimage "([^"\s]{1,500})"/.exec(text)?.[1];
  if (image === undefined) return null;
  const slash = image.indexOf("/");
  const host = slash === -1 ? "" : image.slice(0, slash);
  return /[.:]/.test(host) || host === "localhost" ? host : "docker.io";
}

/** `unexpected status from HEAD request to …: 403 Forbidden`, `statuscode: 500`. */
function readHttpStatus(text: string): JsonValue {
  const found = /(?:\bstatus ?code:? |: |\bstatus )([1-5]\d\d)(?: [A-Z][a-z]|\b(?=$|[^\d.:%]))/i.exec(text);
  return numberOf(found?.[1]);
}

/** Whom nobody reached or knew. */
function readHost(text: string): JsonValue {
  const found = /\b(?:lookup|dial (?:tcp|udp)) ([a-zA-Z0-9._-]{1,253}(?::\d{1,5})?)/.exec(text) ??
    /\b(?:Get|Head|Post) "?https?:\/\/([a-zA-Z0-9._-]{1,253}(?::\d{1,5})?)/.exec(text);
  return found?.[1] ?? null;
}

/** `configmap "app" not found`, `couldn't find key password in Secret shop/db`. */
function readMissing(text: string): JsonValue {
  const object = /\b([a-z]{1,40}) "([^"\s]{1,253})" not found/i.exec(text);
  if (object !== null) return { kind: object[1] ?? "", name: object[2] ?? "" };
  const key = /couldn't find key (\S{1,253}) in (ConfigMap|Secret) (\S{1,317})/.exec(text);
  return key === null ? null : { key: key[1] ?? "", kind: key[2] ?? "", name: key[3] ?? "" };
}
