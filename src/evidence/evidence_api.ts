import { isJsonObject, type JsonObject } from "../inventory/json_field.ts";
import type { KubeClient, KubeRequest, KubeText } from "../kube/kube_client.ts";
import { KubeError } from "../kube/kube_error.ts";
import type { Reservation } from "./evidence_budget.ts";
import { type JsonValue, redactValue } from "../redaction/redact_value.ts";
import type { Redactor } from "../redaction/redactor.ts";
import { Omission } from "./evidence_part.ts";
import type { RefusedReads } from "./refused_reads.ts";

/** One thing to read: `deployments.apps` named `web` in `shop`. */
export interface ReadTarget {
  /** `/api/v1` or `/apis/<group>/<version>`. */
  readonly api: string;
  readonly resource: string;
  /** "" for a resource without one. */
  readonly namespace: string;
  /** Absent: a list. */
  readonly name?: string;
  readonly subresource?: string;
  readonly query?: NonNullable<KubeRequest["query"]>;
  readonly accept?: string;
  /** The API server passes it on to the node's kubelet, which may be away while the API server is well. */
  readonly fromKubelet?: boolean;
  /** As it is, with its secrets: to be compared, never to be sent. */
  readonly raw?: boolean;
}

/** The API server as one bundle may ask it: within its budget, until its deadline, and not what was refused lately. */
export interface EvidenceApi {
  /**
   * One object or Table, without its secrets unless it is asked for `raw`: they are cut out before anything is cut off,
   * since half a token looks like none. Rejects with an `Omission`.
   */
  get(target: ReadTarget): Promise<JsonObject>;
  /** A log. Rejects with an `Omission`. */
  text(target: ReadTarget, limitBytes: number): Promise<KubeText>;
  /** What was asked so far. */
  cost(): { readonly requests: number; readonly bytes: number };
}

interface EvidenceApiOptions {
  readonly client: KubeClient;
  readonly reservation: Reservation;
  readonly refused: RefusedReads;
  readonly redactor: Redactor;
  /** Fires at the bundle's deadline or at the agent's end. */
  readonly signal: AbortSignal;
  /** The server wants to be left alone for so long. */
  readonly onPause: (forMs: number) => void;
  /** The first time that something is refused. */
  readonly onRefused: (resource: string, error: KubeError) => void;
  readonly onTraffic: (requests: number, bytes: number) => void;
}

/** The `Accept` header for rows as kubectl prints them: a tenth of the objects. */
export const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

/** More than any object that etcd takes by its defaults (1.5 MB) would cost the budget of a minute. */
const OBJECT_LIMIT_BYTES = 768 * 1024;
/** Where the server does not say for how long. */
const USUAL_PAUSE_MS = 10_000;
/** A node that is lost must not use up the time of all the rest. */
const KUBELET_TIMEOUT_MS = 2_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

/** Creates the view of one bundle. */
export function createEvidenceApi(options: EvidenceApiOptions): EvidenceApi {
  const { client, reservation, refused, signal } = options;
  let requests = 0;
  let bytes = 0;

  async function read(target: ReadTarget, limitBytes: number): Promise<KubeText> {
    const resource = rbacName(target);
    if (refused.isRefused(resource, target.namespace)) throw new Omission("forbidden");
    if (signal.aborted) throw new Omission("timeout");
    if (!reservation.take()) throw new Omission("budget");
    requests++;
    try {
      return await client.text({
        path: pathOf(target),
        ...(target.query === undefined ? {} : { query: target.query }),
        accept: target.accept ?? "application/json, */*",
        limitBytes,
        signal,
        ...(target.fromKubelet === true ? { timeoutMs: KUBELET_TIMEOUT_MS } : {}),
        onTraffic(traffic) {
          bytes += traffic.receivedBytes;
          reservation.spent(traffic.receivedBytes);
          options.onTraffic(traffic.requests, traffic.receivedBytes);
        },
      });
    } catch (error) {
      throw omissionOf(error, target);
    }
  }

  function omissionOf(error: unknown, target: ReadTarget): Omission {
    if (signal.aborted) return new Omission("timeout");
    if (!(error instanceof KubeError)) return new Omission("unanswered");
    const { status } = error;
    if (status === 403) {
      const resource = rbacName(target);
      const isNew = !refused.resources().includes(resource);
      refused.note(resource, target.namespace);
      if (isNew) options.onRefused(resource, error);
      return new Omission("forbidden");
    }
    if (status === 404) return new Omission("gone");
    if (target.fromKubelet === true && status >= 500) return new Omission("not_available");
    if (status === 429 || status >= 500) {
      options.onPause(Math.min(error.retryAfterMs ?? USUAL_PAUSE_MS, LONGEST_PAUSE_MS));
      return new Omission("throttled");
    }
    return new Omission(status === 400 ? "not_available" : "unanswered");
  }

  return {
    async get(target) {
      const { text, cut } = await read(target, OBJECT_LIMIT_BYTES);
      if (cut) throw new Omission("too_large");
      const parsed = parse(text);
      const object = target.raw === true ? parsed : redactValue(parsed, { redactor: options.redactor }).value;
      if (!isJsonObject(object)) throw new Omission("unreadable");
      return object;
    },
    text: read,
    cost: () => ({ requests, bytes }),
  };
}

/** As RBAC and the agent's own messages call it. */
function rbacName({ api, resource, subresource }: ReadTarget): string {
  const group = api.startsWith("/apis/") ? `.${api.split("/")[2] ?? ""}` : "";
  return resource + (subresource === undefined ? "" : `/${subresource}`) + group;
}

function pathOf({ api, resource, namespace, name, subresource }: ReadTarget): string {
  const parts = [
    ...(namespace === "" ? [] : ["namespaces", namespace]),
    resource,
    ...(name === undefined ? [] : [name]),
    ...(subresource === undefined ? [] : [subresource]),
  ];
  return `${api}/${parts.map(encodeURIComponent).join("/")}`;
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
