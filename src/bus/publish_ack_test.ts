import assert from "node:assert/strict";
import { readPublishAck } from "./publish_ack.ts";

const SUBJECT = "agent.event.prod";
const error = (err_code: number, description = "words") =>
  JSON.stringify({ error: { code: 503, err_code, description }, stream: "AGENT", seq: 0 });

interface Row {
  readonly name: string;
  readonly statusCode?: number;
  readonly text?: string;
  readonly known?: boolean;
  /** `stored`, `too_large`, or the reason and a part of the words. */
  readonly want: "stored" | "too_large" | readonly [string, RegExp];
}

const ROWS: readonly Row[] = [
  { name: "an acknowledgement", text: '{"stream":"AGENT","seq":7}', want: "stored" },
  { name: "a copy", text: '{"stream":"AGENT","seq":7,"duplicate":true}', want: "stored" },
  { name: "no responders at first", statusCode: 503, want: ["no_stream", /create one that covers it/] },
  {
    name: "no responders after a success",
    statusCode: 503,
    known: true,
    want: ["no_leader", /a new leader takes over/],
  },
  {
    name: "a message limit",
    text: error(10077, "maximum messages exceeded"),
    want: ["stream_full", /maximum messages/],
  },
  { name: "no storage left", text: error(10047), want: ["stream_full", /max_bytes/] },
  { name: "a cluster without a leader", text: error(10008), want: ["no_leader", /the agent retries/] },
  { name: "another stream than expected", text: error(10060), want: ["wrong_stream", /correct nats\.stream/] },
  {
    name: "JetStream off for the account",
    text: error(10039),
    want: ["no_stream", /JetStream is off for this account/],
  },
  { name: "a message above max_msg_size", text: error(10054), want: "too_large" },
  { name: "a sealed stream", text: error(10109, "sealed"), want: ["stream_error", /sealed \(10109\)/] },
  { name: "an error without its own code", text: '{"error":{"code":500}}', want: ["stream_error", /\(500\)/] },
  { name: "an answer of somebody else", text: '{"ok":true}', want: ["stream_error", /who else answers there/] },
  { name: "no JSON", text: "+OK", want: ["stream_error", /is not an acknowledgement/] },
];

for (const { name, statusCode, text = "", known = false, want } of ROWS) {
  Deno.test(`publish ack: ${name}`, () => {
    const ack = readPublishAck({ statusCode, text }, SUBJECT, known);
    if (typeof want === "string") return assert.equal(ack.kind, want);
    assert.ok(ack.kind === "failed");
    assert.equal(ack.failure.reason, want[0]);
    assert.match(ack.failure.detail, want[1]);
  });
}
