import { Buffer } from "node:buffer";
import { sendRequest, type TransportResponse } from "./https_transport.ts";
import type { KubeAccess } from "./kube_access.ts";
import type {
  KubeClient,
  KubeListPage,
  KubeListRequest,
  KubeRequest,
  KubeWatchRequest,
  KubeWatchStream,
} from "./kube_client.ts";
import { KubeError } from "./kube_error.ts";
import { readLines, type SkippedLineReason } from "./read_lines.ts";
import { describeRequest, readStatus, statusError } from "./status_error.ts";

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_PAGE_LIMIT = 500;
/** An answer that is not streamed is never larger than this; 500 pods of 30 KB are 15 MB. */
const BODY_LIMIT_BYTES = 64 * 1024 * 1024;
/** The largest watch line that is used. etcd refuses objects above 1.5 MB by default, NATS messages above 1 MB. */
export const WATCH_LINE_LIMIT_BYTES = 1024 * 1024;

export interface KubeHttpClientOptions {
  readonly access: KubeAccess;
  readonly userAgent: string;
  readonly onSkippedLine?: (reason: SkippedLineReason, bytes: number) => void;
}

/** The API server over HTTPS, with nothing between: no cache, no retries but the one after a 401. */
export function createKubeHttpClient(options: KubeHttpClientOptions): KubeClient {
  const { access } = options;

  async function request(given: KubeRequest): Promise<unknown> {
    const text = await exchange(given, (status, body) => status < 300 ? null : body);
    return text === "" ? null : parseBody(given, text);
  }

  /** One exchange, whole: rejects unless `accept` returns null for the status. */
  async function exchange(
    given: KubeRequest,
    refuse: (status: number, body: string) => string | null,
  ): Promise<string> {
    const timeoutMs = given.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const timeout = new AbortController();
    const timer = setTimeout(() => {
      const { verb, resource } = describeRequest(given.method ?? "GET", given.path);
      timeout.abort(
        new KubeError(`Cannot ${verb} ${resource}: no whole answer within ${timeoutMs} ms`, {
          status: 0,
          reason: "Timeout",
        }),
      );
    }, timeoutMs);
    let response: TransportResponse | null = null;
    try {
      response = await sendRequest(access, {
        method: given.method ?? "GET",
        target: given.path + queryString(given.query ?? {}),
        headers: {
          accept: given.accept ?? "application/json",
          "accept-encoding": "gzip",
          "user-agent": options.userAgent,
          ...(given.body === undefined ? {} : { "content-type": given.contentType ?? "application/json" }),
        },
        ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
        signal: AbortSignal.any([given.signal, timeout.signal]),
        headTimeoutMs: timeoutMs,
      });
      const body = await readText(response.body);
      const refused = refuse(response.status, body);
      if (refused !== null) throw statusError(given, response.status, response.header("retry-after"), refused);
      return body;
    } finally {
      clearTimeout(timer);
      given.onTraffic?.({ requests: 1, receivedBytes: response?.receivedBytes() ?? 0 });
    }
  }

  async function* listPages(given: KubeListRequest): AsyncGenerator<KubeListPage> {
    const limit = given.pageLimit ?? DEFAULT_PAGE_LIMIT;
    let token: string | null = null;
    let inconsistent = false;
    do {
      // The API takes a resourceVersion on the first page only: the token carries it from there on.
      const base = token === null
        ? given.query
        : { ...given.query, resourceVersion: undefined, resourceVersionMatch: undefined };
      let expiredWith: string | null = null;
      const text: string = await exchange(
        { ...given, query: { ...base, limit, continue: token ?? undefined } },
        (status, body) => {
          if (status < 300) return null;
          if (status === 410 && token !== null) expiredWith = readStatus(parseOrNull(body)).continueToken;
          return expiredWith === null ? body : null;
        },
      );
      if (expiredWith !== null) {
        token = expiredWith;
        inconsistent = true;
        continue;
      }
      const page = readPage(given, text, inconsistent);
      token = page.continueToken;
      yield page.page;
    } while (token !== null);
  }

  async function watch(given: KubeWatchRequest): Promise<KubeWatchStream> {
    const response = await sendRequest(access, {
      method: "GET",
      target: given.path + queryString({
        ...given.query,
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: given.resourceVersion,
        timeoutSeconds: given.timeoutSeconds,
      }),
      headers: { accept: given.accept ?? "application/json", "user-agent": options.userAgent },
      signal: given.signal,
      headTimeoutMs: DEFAULT_TIMEOUT_MS,
    });
    if (response.status !== 200) {
      const body = await readText(response.body);
      throw statusError({ path: given.path, watch: true }, response.status, response.header("retry-after"), body);
    }
    let skipped = 0;
    const lines = readLines(response.body, {
      limitBytes: WATCH_LINE_LIMIT_BYTES,
      onSkipped: (reason, bytes) => {
        skipped++;
        options.onSkippedLine?.(reason, bytes);
      },
    });
    return { lines, skippedLines: () => skipped, receivedBytes: () => response.receivedBytes() };
  }

  return { server: access.server, request, listPages, watch, close: () => access.close() };
}

function queryString(query: NonNullable<KubeRequest["query"]>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT_BYTES) {
      throw new KubeError(`Cannot read an answer above ${BODY_LIMIT_BYTES} bytes; lower the page size`, {
        status: 0,
        reason: "TooLarge",
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function parseBody(given: Pick<KubeRequest, "method" | "path">, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { verb, resource } = describeRequest(given.method ?? "GET", given.path);
    throw new KubeError(`Cannot ${verb} ${resource}: the answer is no JSON; is a proxy in between?`, {
      status: 0,
      reason: "BadAnswer",
      cause,
    });
  }
}

function readPage(
  given: KubeListRequest,
  text: string,
  inconsistent: boolean,
): { page: KubeListPage; continueToken: string | null } {
  const parsed = parseBody(given, text);
  const body: Record<string, unknown> = isRecord(parsed) ? parsed : {};
  const metadata = isRecord(body.metadata) ? body.metadata : {};
  const remaining = metadata.remainingItemCount;
  return {
    page: {
      items: Array.isArray(body.items) ? body.items : [],
      resourceVersion: typeof metadata.resourceVersion === "string" ? metadata.resourceVersion : "",
      remainingItemCount: typeof remaining === "number" ? remaining : null,
      inconsistent,
      body,
    },
    continueToken: typeof metadata.continue === "string" && metadata.continue !== "" ? metadata.continue : null,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
