import assert from "node:assert/strict";
import { HTTP } from "cloudevents";
import * as z from "zod";
import { cloudEventHeaders } from "./cloud_event.ts";
import type { MessageKind } from "./message_kind.ts";

const encode = (json: object) => new TextEncoder().encode(JSON.stringify(json));
const headersOf = (kind: MessageKind, json: object, id = "id-1") =>
  cloudEventHeaders({ kind, id, body: encode({ timestamp: "2026-11-30T10:05:00.000Z", ...json }) }, "prod");

/** Reads the headers as CloudEvents' own library does. HTTP's binding differs in one thing: where the content type is. */
function readCloudEvent(headers: Readonly<Record<string, string>>) {
  const { "ce-datacontenttype": contentType = "", ...rest } = headers;
  const read = HTTP.toEvent({ headers: { ...rest, "content-type": contentType }, body: "{}" });
  const { data: _data, ...attributes } = z.record(z.string(), z.unknown()).parse(JSON.parse(JSON.stringify(read)));
  return attributes;
}

const SHARED = {
  specversion: "1.0",
  id: "id-1",
  source: "/agent/prod",
  time: "2026-11-30T10:05:00.000Z",
  datacontenttype: "application/json",
};

const CASES: readonly { name: string; kind: MessageKind; body: object; want: object }[] = [
  {
    name: "an event",
    kind: "event",
    body: { namespace: "shop", severity: "high", labels: { kind: "Pod", name: "web-1" } },
    want: { type: "agent.event", subject: "shop/Pod/web-1", severity: "high" },
  },
  {
    name: "an event about a node",
    kind: "event",
    body: { namespace: "", severity: "critical", labels: { kind: "Node", name: "node-1" } },
    want: { type: "agent.event", subject: "Node/node-1", severity: "critical" },
  },
  {
    name: "an update",
    kind: "update",
    body: { kind: "resolved", incident_id: "k-1", severity: "high" },
    want: { type: "agent.update.resolved", subject: "k-1", severity: "high" },
  },
  { name: "a storm", kind: "update", body: { kind: "storm" }, want: { type: "agent.update.storm" } },
  { name: "a metrics report", kind: "metrics", body: { data: {} }, want: { type: "agent.metrics" } },
  { name: "a result", kind: "result", body: { command_id: "c-1" }, want: { type: "agent.result", subject: "c-1" } },
];

for (const { name, kind, body, want } of CASES) {
  Deno.test(`cloud event: ${name} has the attributes that CloudEvents' own library takes`, () => {
    assert.deepEqual(readCloudEvent(headersOf(kind, body)), { ...SHARED, ...want });
  });
}

Deno.test("cloud event: what a header does not take is percent-encoded", () => {
  const labels = { kind: 'a "b"\r\nNats-Msg-Id: x', name: "100%-é-\u{1f4a5}-\ud800" };
  const { "ce-subject": subject = "" } = headersOf("event", { namespace: "shop", labels });
  assert.match(subject, /^[\x21\x23-\x7e]+$/);
  assert.equal(decodeURIComponent(subject), `shop/${labels.kind}/100%-é-\u{1f4a5}-\ufffd`);
});

Deno.test("cloud event: names that Kubernetes does not take make no large header", () => {
  const { "ce-subject": subject } = headersOf("event", {
    namespace: "shop",
    labels: { kind: "Pod", name: "é".repeat(300) },
  });
  assert.equal(subject, undefined);
});
