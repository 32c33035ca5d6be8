import { KubeError } from "./kube_error.ts";
import type { KubeRequest } from "./kube_client.ts";

/** The fields of a Kubernetes `Status` object that matter here, each possibly missing: it comes from outside. */
interface StatusFields {
  readonly code: number | null;
  readonly reason: string;
  readonly message: string;
  readonly retryAfterSeconds: number | null;
  /** `metadata.continue`: the inconsistent continuation offered with a 410 on a page. */
  readonly continueToken: string | null;
}

/** Reads a `Status` from parsed JSON; anything else gives empty fields. */
export function readStatus(value: unknown): StatusFields {
  const status = recordOf(value);
  const details = recordOf(status.details);
  const metadata = recordOf(status.metadata);
  return {
    code: typeof status.code === "number" ? status.code : null,
    reason: typeof status.reason === "string" ? status.reason : "",
    message: typeof status.message === "string" ? status.message : "",
    retryAfterSeconds: typeof details.retryAfterSeconds === "number" ? details.retryAfterSeconds : null,
    continueToken: typeof metadata.continue === "string" && metadata.continue !== "" ? metadata.continue : null,
  };
}

/** What to grant, in the words of RBAC, when the server says 403 to `request`. */
function remedyFor(status: number, method: string, path: string): string {
  if (status === 401) return "; the token is missing, expired or of another cluster";
  if (status !== 403) return "";
  const { verb, resource } = describeRequest(method, path);
  return `; grant "${verb} ${resource}" to the agent's role`;
}

/** The RBAC verb and resource of a request path, for messages. */
export function describeRequest(method: string, path: string, watch = false): { verb: string; resource: string } {
  const parts = path.split("/").filter((part) => part !== "");
  const group = parts[0] === "apis" ? parts[1] ?? "" : "";
  let rest = parts.slice(parts[0] === "apis" ? 3 : 2);
  if (rest[0] === "namespaces" && rest.length > 2) rest = rest.slice(2);
  const [resource, name, subresource] = rest;
  const verbs: Record<string, string> = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };
  const verb = verbs[method] ?? (watch ? "watch" : name === undefined ? "list" : "get");
  const whole = subresource === undefined ? resource ?? path : `${resource}/${subresource}`;
  return { verb, resource: group === "" ? whole : `${whole}.${group}` };
}

/** The error for an answer of `status` with `bodyText`. */
export function statusError(
  request: Pick<KubeRequest, "method" | "path"> & { readonly watch?: boolean },
  status: number,
  retryAfterHeader: string | undefined,
  bodyText: string,
): KubeError {
  const fields = readStatus(parseJson(bodyText));
  const method = request.method ?? "GET";
  const { verb, resource } = describeRequest(method, request.path, request.watch);
  const retryAfterSeconds = headerSeconds(retryAfterHeader) ?? fields.retryAfterSeconds;
  const what = fields.reason || STATUS_TEXT[status] || "unexpected answer";
  const remedy = request.watch && status === 403
    ? `; grant "watch ${resource}" to the agent's role`
    : remedyFor(status, method, request.path);
  return new KubeError(`Cannot ${verb} ${resource}: ${status} ${what}${remedy}`, {
    status,
    reason: fields.reason,
    retryAfterMs: retryAfterSeconds === null ? null : retryAfterSeconds * 1000,
    cause: fields.message === "" ? undefined : fields.message,
  });
}

/** A `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3), as proxies write it. `null` for anything else. */
function headerSeconds(header: string | undefined): number | null {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const atMs = /^[A-Z][a-z]{2},/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(atMs) ? null : Math.max(0, Math.ceil((atMs - Date.now()) / 1000));
}

/** The error for an answer that is not the JSON that was asked for. */
export function badAnswer(request: Pick<KubeRequest, "method" | "path">, cause: unknown): KubeError {
  const { verb, resource } = describeRequest(request.method ?? "GET", request.path);
  return new KubeError(`Cannot ${verb} ${resource}: the answer is no JSON; is a proxy in between?`, {
    status: 0,
    reason: "BadAnswer",
    cause,
  });
}

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  410: "Gone",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
