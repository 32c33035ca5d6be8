import type { SkippedLineReason } from "../telemetry/label_values.ts";
import type { FieldTree } from "./parse_fields.ts";

/** One HTTP exchange with the API server. `path` begins with `/`, without the query. */
export interface KubeRequest {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** The `Accept` header; `application/json` unless a Table or metadata-only form is wanted. */
  readonly accept?: string;
  readonly contentType?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal: AbortSignal;
  /** Whole exchange, connect to last byte. Default 30 s. */
  readonly timeoutMs?: number;
  /** The largest body that is read whole. Default 64 MiB. */
  readonly bodyLimitBytes?: number;
  /** Told once when the exchange is over, so that a caller can account for what it costs. */
  readonly onTraffic?: (traffic: KubeTraffic) => void;
}

/** What one exchange cost; `receivedBytes` counts the body as it came over the wire (compressed when it was). */
export interface KubeTraffic {
  readonly requests: number;
  readonly receivedBytes: number;
}

/** A request for text: a container's log. */
export interface KubeTextRequest extends Omit<KubeRequest, "method" | "body" | "contentType"> {
  /** Bytes at most, decompressed; the rest is not read. */
  readonly limitBytes: number;
}

export interface KubeText {
  readonly text: string;
  /** There was more than `limitBytes`; a sign of several bytes that the limit cut is left out. */
  readonly cut: boolean;
}

export interface KubeListRequest extends Omit<KubeRequest, "method" | "body" | "contentType"> {
  /** Objects a page; the server may return fewer or, where it answers from its cache, all. Default 500. */
  readonly pageLimit?: number;
  /** The fields of an item that are read; the others are passed over, which costs no memory. Default: all. */
  readonly fields?: FieldTree;
  /** What to keep of each item; called as each arrives, so that no page of whole objects is ever in memory. */
  readonly pick?: (item: unknown) => unknown;
}

/** One page of a list, as parsed JSON: the caller checks what it reads. */
export interface KubeListPage {
  /** The items, or what `pick` kept of each. */
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
  readonly remainingItemCount: number | null;
  /** True when the server could only go on inconsistently (the continue token had expired): objects may be missed or repeated. */
  readonly inconsistent: boolean;
}

export interface KubeWatchRequest {
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly accept?: string;
  readonly resourceVersion: string;
  readonly timeoutSeconds: number;
  /** Told of each line that can't be used: too long, or not UTF-8. */
  readonly onSkippedLine: (reason: SkippedLineReason) => void;
  readonly signal: AbortSignal;
}

/** An open watch: `lines` yields whole lines of JSON in the order they came, a batch a network read. */
export interface KubeWatchStream {
  readonly lines: AsyncIterable<readonly string[]>;
  /** Body bytes up to now, as they came over the wire. */
  receivedBytes(): number;
}

/**
 * The API server as the agent uses it. Every method rejects with a `KubeError` when the server answers with an error or
 * can't be reached, and with the signal's reason when `signal` fires.
 */
export interface KubeClient {
  /** The server's base URL, without credentials, for messages and for the command policy. */
  readonly server: string;
  request(request: KubeRequest): Promise<unknown>;
  /** The beginning of an answer that is no JSON. What is not UTF-8 in it becomes U+FFFD. */
  text(request: KubeTextRequest): Promise<KubeText>;
  /** Yields pages until the list is complete. A page is parsed item by item as it arrives, never as a whole. An expired continue token is followed or rejected with 410. */
  listPages(request: KubeListRequest): AsyncIterable<KubeListPage>;
  watch(request: KubeWatchRequest): Promise<KubeWatchStream>;
  /** Closes idle connections. */
  close(): void;
}
