import { type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { errorMessage } from "../lifecycle/errors.ts";
import type { KubeAccess } from "./kube_access.ts";
import { KubeError } from "./kube_error.ts";
import { networkHint } from "./network_hint.ts";
import { pullBody } from "./pull_body.ts";
import { takeTurns } from "./take_turns.ts";
import { valveUnder } from "./tls_agent.ts";

interface TransportRequest {
  readonly method: string;
  /** Path with query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
  /** From the request to the answer's head; the body has no limit here. */
  readonly headTimeoutMs: number;
  /** How long what comes after a piece of the body waits, to be read at once. Default: as it comes. */
  readonly paceMs?: (piece: Uint8Array) => number;
}

/** An answer whose head has arrived; the body is read by pulling. */
export interface TransportResponse {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** The body, decompressed. Ending the iteration early destroys the connection. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Body bytes so far, as they came over the wire. */
  receivedBytes(): number;
}

/**
 * Sends one request and waits for the head of the answer. A 401 is tried once more with credentials read anew, because
 * tokens rotate under a running process. Rejects with a `KubeError` of status 0 when there is no answer.
 */
export async function sendRequest(access: KubeAccess, request: TransportRequest): Promise<TransportResponse> {
  const response = await sendOnce(access, request, false);
  if (response.status !== 401) return response;
  await discard(response.body);
  return sendOnce(access, request, true);
}

async function sendOnce(access: KubeAccess, request: TransportRequest, fresh: boolean): Promise<TransportResponse> {
  const { agent, headers } = await access.credentials(fresh);
  request.signal.throwIfAborted();
  const url = new URL(access.server + request.target);
  const send = url.protocol === "http:" ? httpRequest : httpsRequest;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = send(url, {
    method: request.method,
    agent,
    headers: {
      ...headers,
      ...request.headers,
      ...(request.body === undefined
        ? {}
        : { "content-length": String(new TextEncoder().encode(request.body).length) }),
    },
  });
  const failure = (cause: unknown) => networkError(access.server, request, cause);
  // Deno 2.9 sends a request again whose reused connection ended before the answer, even if we ended it.
  const giveUp = (why: string) => {
    outgoing.reusedSocket = false;
    outgoing.destroy(new Error(why));
  };
  const headTimer = setTimeout(() => giveUp(`no answer within ${request.headTimeoutMs} ms`), request.headTimeoutMs);
  const abort = () => giveUp("aborted");
  request.signal.addEventListener("abort", abort, { once: true });
  outgoing.once("response", (incoming) => {
    valveUnder(incoming.socket)?.close(); // until the body is asked for
    resolve(incoming);
  });
  outgoing.on("error", (cause) => reject(failure(cause)));
  outgoing.end(request.body);
  try {
    const incoming = await promise;
    return {
      status: incoming.statusCode ?? 0,
      header: (name) => headerText(incoming.headers[name]),
      ...readBody(incoming, outgoing, request, abort, failure),
    };
  } catch (error) {
    request.signal.removeEventListener("abort", abort);
    if (request.signal.aborted) throw request.signal.reason;
    throw error;
  } finally {
    clearTimeout(headTimer);
  }
}

function readBody(
  incoming: IncomingMessage,
  outgoing: ClientRequest,
  { signal, paceMs = () => 0 }: TransportRequest,
  abort: () => void,
  failure: (cause: unknown) => KubeError,
): Pick<TransportResponse, "body" | "receivedBytes"> {
  let receivedBytes = 0;
  const zipped = headerText(incoming.headers["content-encoding"]) === "gzip";
  async function* read(): AsyncGenerator<Uint8Array> {
    let ended = false;
    // Destroying the request alone does not always wake a reader that waits for the next bytes.
    const wake = () => void incoming.destroy(new Error("aborted"));
    signal.addEventListener("abort", wake, { once: true });
    try {
      signal.throwIfAborted(); // between the head and the first read: a listener added now is told nothing of it
      const wire = pullBody(incoming, { paceMs, onBytes: (bytes) => receivedBytes += bytes });
      yield* zipped ? takeTurns(pipeline(Readable.from(wire), createGunzip(), () => {})) : wire;
      ended = true;
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      throw failure(cause);
    } finally {
      signal.removeEventListener("abort", abort);
      signal.removeEventListener("abort", wake);
      if (!ended) outgoing.destroy();
    }
  }
  return { body: read(), receivedBytes: () => receivedBytes };
}

/** Reads the rest of a body for nothing, so that its connection can serve the next request. */
async function discard(body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of body);
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}

function networkError(server: string, request: TransportRequest, cause: unknown): KubeError {
  const code = cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "NoAnswer";
  const path = request.target.split("?")[0];
  const why = errorMessage(cause);
  return new KubeError(`Cannot ${request.method} ${path} from ${server}: ${why}${networkHint(why, server)}`, {
    status: 0,
    reason: code,
    cause,
  });
}
