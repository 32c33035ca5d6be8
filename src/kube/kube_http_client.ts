import { Buffer } from "node:buffer";
import { compact } from "../lifecycle/compact.ts";
import { sendRequest, type TransportResponse } from "./https_transport.ts";
import type { KubeAccess } from "./kube_access.ts";
import type {
  KubeClient,
  KubeListPage,
  KubeListRequest,
  KubeRequest,
  KubeText,
  KubeTextRequest,
  KubeWatchRequest,
  KubeWatchStream,
} from "./kube_client.ts";
import { KubeError } from "./kube_error.ts";
import { readLines } from "./read_lines.ts";
import { type ListPageRead, readListPage } from "./read_list_page.ts";
import { badAnswer, describeRequest, readStatus, statusError } from "./status_error.ts";

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_PAGE_LIMIT = 500;
/** An answer that is read whole is one object or a Status, never larger than this. */
const BODY_LIMIT_BYTES = 64 * 1024 * 1024;
/** The largest watch line that is used. etcd refuses objects above 1.5 MB by default, NATS messages above 1 MB. */
const WATCH_LINE_LIMIT_BYTES = 1024 * 1024;
/**
 * How long changes wait after so many bytes of them. A change after a quiet moment is read at once. In a flood the waking,
 * not the reading, is what costs, so there they wait for each other; not longer, since a batch is in memory until the bus
 * has it. A socket gives 64 KiB at most: after a read of nearly that there is more. Where that is the inside of one large
 * object, nobody is in a hurry: a megabyte costs as much as a hundred ordinary changes, and a tenant can write many.
 */
function watchPaceMs(piece: Uint8Array): number {
  if (piece.length < 8 * 1024) return 10;
  return piece.length < 60 * 1024 || !piece.includes(NEWLINE) ? 40 : 0;
}
const NEWLINE = 0x0a;

export interface KubeHttpClientOptions {
  readonly access: KubeAccess;
  readonly userAgent: string;
  /** For a request that sets no limit of its own. Default 30 s. */
  readonly timeoutMs?: number;
}

/** The API server over HTTPS, with nothing between: no cache, no retries but the one after a 401. */
export function createKubeHttpClient(options: KubeHttpClientOptions): KubeClient {
  const { access } = options;

  function request(given: KubeRequest): Promise<unknown> {
    return exchange(given, async (response) => {
      const text = await readText(response.body, given.bodyLimitBytes);
      if (response.status >= 300) throw refusal(given, response, text);
      return text === "" ? null : parseBody(given, text);
    });
  }

  function text(given: KubeTextRequest): Promise<KubeText> {
    // As kubectl asks: a log has no type of its own, and errors come as JSON.
    const asked = { ...given, accept: given.accept ?? "application/json, */*" };
    return exchange(asked, async (response) => {
      if (response.status >= 300) throw refusal(given, response, await readText(response.body));
      return readBeginning(response.body, given.limitBytes);
    });
  }

  /** One exchange, from the request to what `read` makes of the answer. */
  async function exchange<T>(given: KubeRequest, read: (response: TransportResponse) => Promise<T>): Promise<T> {
    const timeoutMs = given.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
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
          ...compact({
            "content-type": given.body === undefined ? undefined : given.contentType ?? "application/json",
          }),
        },
        ...compact({ body: given.body === undefined ? undefined : JSON.stringify(given.body) }),
        signal: AbortSignal.any([given.signal, timeout.signal]),
        headTimeoutMs: timeoutMs,
      });
      return await read(response);
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
      const base: KubeRequest["query"] = token === null
        ? given.query
        : { ...given.query, resourceVersion: undefined, resourceVersionMatch: undefined };
      const query: KubeRequest["query"] = { ...base, limit, continue: token ?? undefined };
      const paging: boolean = token !== null;
      const read: PageOrOffer = await exchange(
        { ...given, query },
        (response) => readPageOrOffer(given, response, paging),
      );
      token = read.continueToken;
      if (read.page === null) inconsistent = true;
      else yield { ...read.page, inconsistent };
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
      paceMs: watchPaceMs,
    });
    if (response.status !== 200) {
      const body = await readText(response.body);
      throw statusError({ path: given.path, watch: true }, response.status, response.header("retry-after"), body);
    }
    const lines = readLines(response.body, { limitBytes: WATCH_LINE_LIMIT_BYTES, onSkipped: given.onSkippedLine });
    return { lines, receivedBytes: () => response.receivedBytes() };
  }

  return { server: access.server, request, text, listPages, watch, close: () => access.close() };
}

function queryString(query: NonNullable<KubeRequest["query"]>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

async function readText(body: AsyncIterable<Uint8Array>, limitBytes = BODY_LIMIT_BYTES): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > limitBytes) {
      throw new KubeError(`Cannot read an answer above ${limitBytes} bytes`, {
        status: 0,
        reason: "TooLarge",
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The first `limitBytes` of a body; what comes after them is never read. */
async function readBeginning(body: AsyncIterable<Uint8Array>, limitBytes: number): Promise<KubeText> {
  const decoder = new TextDecoder();
  let text = "";
  let left = limitBytes;
  for await (const chunk of body) {
    text += decoder.decode(chunk.subarray(0, left), { stream: true });
    if (chunk.length > left) return { text, cut: true };
    left -= chunk.length;
  }
  return { text: text + decoder.decode(), cut: false };
}

/** A page; or, where a continue token has expired and the server offers an inconsistent one, no page but that token. */
type PageOrOffer = ListPageRead | { readonly page: null; readonly continueToken: string };

async function readPageOrOffer(
  given: KubeListRequest,
  response: TransportResponse,
  paging: boolean,
): Promise<PageOrOffer> {
  if (response.status < 300) return readListPage(given, response.body);
  const text = await readText(response.body);
  const offered = paging && response.status === 410 ? readStatus(parseOrNull(text)).continueToken : null;
  if (offered === null) throw refusal(given, response, text);
  return { page: null, continueToken: offered };
}

function refusal(given: KubeRequest, response: TransportResponse, text: string): KubeError {
  return statusError(given, response.status, response.header("retry-after"), text);
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function parseBody(given: KubeRequest, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badAnswer(given, cause);
  }
}
