import { backoffMs, type BackoffOptions } from "../lifecycle/backoff.ts";
import type { WatchEndCause } from "../telemetry/label_values.ts";
import { KubeError } from "./kube_error.ts";
import { readStatus } from "./status_error.ts";

/** Why a watch, or the list before it, came to an end. */
export type WatchEnd =
  | { readonly kind: "aborted" }
  /** The server closed as it does every few minutes; `messages` counts what came, bookmarks included. */
  | { readonly kind: "closed"; readonly messages: number; readonly lastedMs: number }
  /** 410, inside the stream or at connect: the version is no longer kept. */
  | { readonly kind: "expired"; readonly detail: string }
  /** The server's versions are behind the one that was seen: it was restored from a backup. */
  | { readonly kind: "version_ahead"; readonly detail: string }
  | { readonly kind: "too_many_requests"; readonly retryAfterMs: number | null; readonly detail: string }
  | { readonly kind: "unauthorized"; readonly detail: string }
  | { readonly kind: "forbidden"; readonly detail: string }
  /** 5xx, a network fault, or an error that the API has no better word for. */
  | { readonly kind: "server_error"; readonly detail: string }
  /** Neither event nor bookmark for too long: the connection is half open. */
  | { readonly kind: "stalled"; readonly detail: string };

/** What to do after an end: whether the version is still good, and how long to wait. */
export interface NextStep {
  readonly cause: WatchEndCause;
  readonly detail: string;
  readonly dropVersion: boolean;
  readonly waitMs: number;
}

/** client-go's reflector uses the same figures: 800 ms doubling to 30 s (tools/cache/reflector.go). */
export const WATCH_BACKOFF: BackoffOptions = { firstMs: 800, limitMs: 30_000, jitter: 0.25 };
/** A watch that lived this long was healthy: the next failure starts again with the first wait. */
export const HEALTHY_MS = 120_000;
/** A clean close with nothing in it, this soon after connecting, is how some servers say that a version is stale. */
const SILENT_CLOSE_MS = 2_000;
/** So many refusals of a right that was there before may be the API server's start, and are tried again soon. */
const REFUSALS_OF_A_START = 5;
/** However long a server asks to wait: whoever sees nothing for longer has to find out by itself. */
const RETRY_AFTER_LIMIT_MS = 300_000;
/** A grant takes a person: knocking faster only fills the server's audit log. */
const FORBIDDEN_WAIT_MS = 30_000;

const isBetween = (value: number, low: number, high: number) => value >= low && value <= high;

/**
 * Decides what follows an ending. `failures` counts the endings in a row before this one that were not healthy, `refusals` those by
 * a right that was there before, this one included. Pure, so
 * every branch is tested without a server.
 */
export function decideNextStep(
  end: Exclude<WatchEnd, { kind: "aborted" }>,
  failures: number,
  backoff: BackoffOptions & { readonly refusals?: number } = WATCH_BACKOFF,
): NextStep {
  const waitMs = backoffMs(failures, backoff);
  switch (end.kind) {
    case "closed":
      if (end.messages === 0 && end.lastedMs < SILENT_CLOSE_MS) {
        return { cause: "silent_close", detail: "closed at once without a message", dropVersion: true, waitMs };
      }
      // A server that closes at once after each message is not healthy either, but its version is good.
      return { cause: "closed", detail: "", dropVersion: false, waitMs: end.lastedMs < SILENT_CLOSE_MS ? waitMs : 0 };
    case "version_ahead":
    case "expired":
      // The first time, list at once: every second counts against the events' lifetime. Again and again: back off.
      return { cause: end.kind, detail: end.detail, dropVersion: true, waitMs: failures === 0 ? 0 : waitMs };
    case "too_many_requests":
      return {
        cause: end.kind,
        detail: end.detail,
        dropVersion: false,
        waitMs: end.retryAfterMs === null ? waitMs : Math.min(end.retryAfterMs, RETRY_AFTER_LIMIT_MS),
      };
    case "forbidden":
      // An API server that has just started refuses everybody until it has read the roles.
      return {
        cause: end.kind,
        detail: end.detail,
        dropVersion: false,
        waitMs: isBetween(backoff.refusals ?? 0, 1, REFUSALS_OF_A_START)
          ? backoffMs(0, backoff) * (backoff.refusals ?? 1)
          : FORBIDDEN_WAIT_MS,
      };
    case "unauthorized": // the transport has already read the token again, once
    case "server_error":
    case "stalled":
      return { cause: end.kind, detail: end.detail, dropVersion: false, waitMs };
  }
}

/** Sorts an error of a list or of opening a watch into an ending. */
export function endOfError(error: unknown, signal: AbortSignal): WatchEnd {
  if (signal.aborted) return { kind: "aborted" };
  const detail = error instanceof Error ? error.message : String(error);
  if (!(error instanceof KubeError)) return { kind: "server_error", detail };
  if (TOO_LARGE_VERSION.test(String(error.cause))) {
    return { kind: "version_ahead", detail: `${detail}: ${error.cause}` };
  }
  return endOfStatus(error.status, error.retryAfterMs, detail);
}

/** Sorts the object of an `ERROR` watch event, a `Status`, into an ending. */
export function endOfErrorEvent(object: unknown): WatchEnd {
  const status = readStatus(object);
  const retryAfterMs = status.retryAfterSeconds === null ? null : status.retryAfterSeconds * 1000;
  // Some servers leave the code out and only say the reason.
  const code = status.code ?? (status.reason === "Expired" || status.reason === "Gone" ? 410 : 0);
  const said = code === 0 && status.reason === "" && status.message === ""
    ? "the server ended the watch with an error that says nothing"
    : `${code} ${status.reason}: ${status.message}`;
  return endOfStatus(code, retryAfterMs, said);
}

/** How an API server says that it has not come as far: 504, or 500 on old ones, with this in its words. */
const TOO_LARGE_VERSION = /too large resource version/i;

function endOfStatus(status: number, retryAfterMs: number | null, detail: string): WatchEnd {
  if (TOO_LARGE_VERSION.test(detail)) return { kind: "version_ahead", detail };
  switch (status) {
    case 401:
      return { kind: "unauthorized", detail };
    case 403:
      return { kind: "forbidden", detail };
    case 410:
      return { kind: "expired", detail };
    case 429:
      return { kind: "too_many_requests", retryAfterMs, detail };
    default:
      return { kind: "server_error", detail };
  }
}
