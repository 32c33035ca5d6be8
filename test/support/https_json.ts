import { request as httpRequest } from "node:http";
import { type Agent, request as httpsRequest } from "node:https";
import { compact } from "../../src/lifecycle/compact.ts";

export interface JsonRequest {
  readonly method?: string;
  readonly token?: string;
  readonly ca?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A pool of connections, for thousands of requests; without it each has one of its own. */
  readonly agent?: Agent;
  /** Sent as JSON; a string is sent as it is. */
  readonly body?: unknown;
}

export interface JsonResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body, parsed; `undefined` when it is not JSON. */
  readonly json: unknown;
}

/** One plain HTTP(S) exchange with no retries, on a connection of its own unless told: what the wire says. */
export function requestJson(url: string, options: JsonRequest = {}): Promise<JsonResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<JsonResponse>();
  const send = url.startsWith("https:") ? httpsRequest : httpRequest;
  const outgoing = send(url, {
    method: options.method ?? "GET",
    agent: options.agent ?? false,
    ...compact({ ca: options.ca }),
    headers: {
      accept: "application/json",
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(options.body === undefined ? {} : { "content-type": "application/json" }),
      ...options.headers,
    },
  }, (incoming) => {
    const chunks: Uint8Array[] = [];
    incoming.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    incoming.on("error", reject);
    incoming.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json: parse(text) });
    });
  });
  outgoing.on("error", reject);
  outgoing.end(typeof options.body === "string" ? options.body : JSON.stringify(options.body));
  return promise;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
