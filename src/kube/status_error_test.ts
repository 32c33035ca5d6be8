import assert from "node:assert/strict";
import { statusError } from "./status_error.ts";

const BODY = JSON.stringify({ kind: "Status", details: { retryAfterSeconds: 4 } });
const SOON = new Date(Date.now() + 60_000).toUTCString();

const ROWS: readonly {
  name: string;
  header: string | undefined;
  body: string;
  want: readonly [number, number] | null;
}[] = [
  { name: "seconds", header: "7", body: "", want: [7_000, 7_000] },
  { name: "seconds in the header before those in the Status", header: " 7 ", body: BODY, want: [7_000, 7_000] },
  { name: "none, with a Status", header: undefined, body: BODY, want: [4_000, 4_000] },
  { name: "a date", header: SOON, body: "", want: [1_000, 60_000] },
  { name: "a date that is over", header: "Wed, 21 Oct 2015 07:28:00 GMT", body: "", want: [0, 0] },
  { name: "a word", header: "soon", body: "", want: null },
  { name: "a number below zero", header: "-1", body: "", want: null },
  { name: "none", header: undefined, body: "", want: null },
];

for (const { name, header, body, want } of ROWS) {
  Deno.test(`retry-after: ${name}`, () => {
    const { retryAfterMs } = statusError({ path: "/api/v1/events" }, 429, header, body);
    if (want === null) assert.equal(retryAfterMs, null);
    else assert.ok(retryAfterMs !== null && retryAfterMs >= want[0] && retryAfterMs <= want[1], String(retryAfterMs));
  });
}
