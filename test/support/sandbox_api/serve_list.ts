import type { Fault } from "./fault_script.ts";
import type { ObjectStore } from "./object_store.ts";
import type { Route } from "./route.ts";

/** A status and a JSON body. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers a list, a page at a time: the continue token carries the version and where to go on. */
export function answerList(store: ObjectStore, route: Route, query: URLSearchParams, fault: Fault | null): Answer {
  const objects = store.list(route.resource, route.namespace);
  const limit = Number(query.get("limit") ?? 0) || Infinity;
  const token = query.get("continue");
  const [version, start] = token === null ? [store.version(), 0] : token.split(":").map(Number);
  if (fault?.kind === "expiredToken" && token !== null) {
    const offered = `${store.version()}:${start}`;
    return {
      status: 410,
      body: {
        ...status(410, "Expired", "the continue token has expired"),
        metadata: fault.inconsistent ? { continue: offered } : {},
      },
    };
  }
  const end = Math.min((start ?? 0) + limit, objects.length);
  const more = end < objects.length;
  return {
    status: 200,
    body: {
      kind: "List",
      apiVersion: route.apiVersion,
      metadata: {
        resourceVersion: String(version),
        ...(more ? { continue: `${version}:${end}`, remainingItemCount: objects.length - end } : {}),
      },
      items: objects.slice(start, end),
    },
  };
}

/** A `Status` of failure, as the API server writes it. */
export function status(
  code: number,
  reason: string,
  message: string,
  retryAfterSeconds?: number,
): Record<string, unknown> {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    code,
    reason,
    message,
    ...(retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } }),
  };
}
