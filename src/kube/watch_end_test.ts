import assert from "node:assert/strict";
import { KubeError } from "./kube_error.ts";
import { decideNextStep, endOfError, endOfErrorEvent, type WatchEnd } from "./watch_end.ts";

const BACKOFF = { firstMs: 800, limitMs: 30_000, jitter: 0 };
const detail = "x";

const STEPS: readonly {
  name: string;
  end: Parameters<typeof decideNextStep>[0];
  failures?: number;
  cause: string;
  dropVersion: boolean;
  waitMs: number;
}[] = [
  {
    name: "a normal close goes on at once",
    end: { kind: "closed", messages: 3, lastedMs: 300_000 },
    cause: "closed",
    dropVersion: false,
    waitMs: 0,
  },
  {
    name: "a quiet close after minutes keeps the version",
    end: { kind: "closed", messages: 0, lastedMs: 300_000 },
    cause: "closed",
    dropVersion: false,
    waitMs: 0,
  },
  {
    name: "a silent close within two seconds drops the version",
    end: { kind: "closed", messages: 0, lastedMs: 1_999 },
    cause: "silent_close",
    dropVersion: true,
    waitMs: 800,
  },
  {
    name: "a quick close with messages waits a little",
    end: { kind: "closed", messages: 1, lastedMs: 100 },
    cause: "closed",
    dropVersion: false,
    waitMs: 800,
  },
  {
    name: "a first 410 lists at once",
    end: { kind: "expired", detail },
    cause: "expired",
    dropVersion: true,
    waitMs: 0,
  },
  {
    name: "a version that the server has not reached drops the version and lists at once",
    end: { kind: "version_ahead", detail },
    cause: "version_ahead",
    dropVersion: true,
    waitMs: 0,
  },
  {
    name: "410 again and again backs off",
    end: { kind: "expired", detail },
    failures: 2,
    cause: "expired",
    dropVersion: true,
    waitMs: 3_200,
  },
  {
    name: "429 waits as told and keeps the version",
    end: { kind: "too_many_requests", retryAfterMs: 7_000, detail },
    cause: "too_many_requests",
    dropVersion: false,
    waitMs: 7_000,
  },
  {
    name: "429 with an hour to wait waits five minutes",
    end: { kind: "too_many_requests", retryAfterMs: 3_600_000, detail },
    cause: "too_many_requests",
    dropVersion: false,
    waitMs: 300_000,
  },
  {
    name: "429 without a time backs off",
    end: { kind: "too_many_requests", retryAfterMs: null, detail },
    failures: 1,
    cause: "too_many_requests",
    dropVersion: false,
    waitMs: 1_600,
  },
  {
    name: "401 backs off",
    end: { kind: "unauthorized", detail },
    cause: "unauthorized",
    dropVersion: false,
    waitMs: 800,
  },
  {
    name: "403 is tried slowly",
    end: { kind: "forbidden", detail },
    cause: "forbidden",
    dropVersion: false,
    waitMs: 30_000,
  },
  {
    name: "a server error keeps the version",
    end: { kind: "server_error", detail },
    failures: 3,
    cause: "server_error",
    dropVersion: false,
    waitMs: 6_400,
  },
  {
    name: "waits never pass the limit",
    end: { kind: "server_error", detail },
    failures: 99,
    cause: "server_error",
    dropVersion: false,
    waitMs: 30_000,
  },
  {
    name: "a stalled watch keeps the version",
    end: { kind: "stalled", detail },
    cause: "stalled",
    dropVersion: false,
    waitMs: 800,
  },
];

for (const { name, end, failures = 0, ...want } of STEPS) {
  Deno.test(`decideNextStep: ${name}`, () => {
    const { cause, dropVersion, waitMs } = decideNextStep(end, failures, BACKOFF);
    assert.deepEqual({ cause, dropVersion, waitMs }, want);
  });
}

const ERRORS: readonly { name: string; error: unknown; kind: WatchEnd["kind"] }[] = [
  { name: "410 at connect", error: new KubeError("gone", { status: 410, reason: "Expired" }), kind: "expired" },
  { name: "403", error: new KubeError("no", { status: 403, reason: "Forbidden" }), kind: "forbidden" },
  {
    name: "429",
    error: new KubeError("slow", { status: 429, reason: "TooManyRequests", retryAfterMs: 1 }),
    kind: "too_many_requests",
  },
  { name: "401", error: new KubeError("who", { status: 401, reason: "Unauthorized" }), kind: "unauthorized" },
  {
    name: "504 with a version that is too large",
    error: new KubeError("Cannot watch events: 504 Timeout", {
      status: 504,
      reason: "Timeout",
      cause: "Timeout: Too large resource version: 9, current: 5",
    }),
    kind: "version_ahead",
  },
  { name: "500", error: new KubeError("oh", { status: 500, reason: "" }), kind: "server_error" },
  { name: "no answer", error: new KubeError("oh", { status: 0, reason: "ECONNREFUSED" }), kind: "server_error" },
  { name: "anything else thrown", error: "text", kind: "server_error" },
];

for (const { name, error, kind } of ERRORS) {
  Deno.test(`endOfError: ${name} is ${kind}`, () => {
    assert.equal(endOfError(error, new AbortController().signal).kind, kind);
  });
}

Deno.test("endOfError: after an abort everything is aborted", () => {
  assert.equal(endOfError(new Error("x"), AbortSignal.abort()).kind, "aborted");
});

const EVENTS: readonly { name: string; object: unknown; kind: WatchEnd["kind"] }[] = [
  {
    name: "a Status with code 410",
    object: { kind: "Status", code: 410, reason: "Expired", message: "too old" },
    kind: "expired",
  },
  { name: "a Status that only says Expired", object: { reason: "Expired" }, kind: "expired" },
  { name: "a Status with code 500", object: { code: 500 }, kind: "server_error" },
  {
    name: "a Status with 429 and a time",
    object: { code: 429, details: { retryAfterSeconds: 3 } },
    kind: "too_many_requests",
  },
  {
    name: "a Status that says too large",
    object: { code: 504, reason: "Timeout", message: "Too large resource version: 9, current: 5" },
    kind: "version_ahead",
  },
  { name: "no Status at all", object: 7, kind: "server_error" },
];

for (const { name, object, kind } of EVENTS) {
  Deno.test(`endOfErrorEvent: ${name} is ${kind}`, () => {
    assert.equal(endOfErrorEvent(object).kind, kind);
  });
}

Deno.test("endOfErrorEvent: an error that says nothing is told in words", () => {
  const end = endOfErrorEvent({ foo: 1 });
  assert.ok(end.kind === "server_error");
  assert.match(end.detail, /^the server ended the watch with an error that says nothing$/);
});

Deno.test("decideNextStep: 403 of a right that was there before is tried soon, a few times", () => {
  const waits = [1, 2, 5, 6].map((refusals) =>
    decideNextStep({ kind: "forbidden", detail: "no" }, 3, { firstMs: 800, limitMs: 30_000, jitter: 0, refusals })
      .waitMs
  );
  assert.deepEqual(waits, [800, 1_600, 4_000, 30_000]);
});
