import assert from "node:assert/strict";
import fc from "fast-check";
import { readTraceContext, traceHeaders } from "./trace_context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
const headerOf = (headers: Readonly<Record<string, string>>) => (name: string) => headers[name] ?? null;

const READ: readonly { name: string; given: Record<string, string>; want: { flags: number; state: string | null } }[] =
  [
    { name: "sampled", given: { traceparent: `00-${TRACE}-${SPAN}-01` }, want: { flags: 1, state: null } },
    { name: "not sampled", given: { traceparent: `00-${TRACE}-${SPAN}-00` }, want: { flags: 0, state: null } },
    {
      name: "flags that are not known",
      given: { traceparent: `00-${TRACE}-${SPAN}-ff` },
      want: { flags: 1, state: null },
    },
    {
      name: "as Go's libraries spell it",
      given: { Traceparent: `00-${TRACE}-${SPAN}-01` },
      want: { flags: 1, state: null },
    },
    {
      name: "a later version with more",
      given: { traceparent: `cc-${TRACE}-${SPAN}-01-more` },
      want: { flags: 1, state: null },
    },
    {
      name: "with a state",
      given: { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: "a=b,c=d" },
      want: { flags: 1, state: "a=b,c=d" },
    },
    {
      name: "without a state that is too long",
      given: { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: `a=${"b".repeat(511)}` },
      want: { flags: 1, state: null },
    },
    {
      name: "without a state that would break the headers",
      given: { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: "a=b\r\nNats-Msg-Id: x" },
      want: { flags: 1, state: null },
    },
  ];

for (const { name, given, want } of READ) {
  Deno.test(`trace context: read is one that is ${name}`, () => {
    assert.deepEqual(readTraceContext(headerOf(given)), { traceId: TRACE, spanId: SPAN, remote: true, ...want });
  });
}

const REFUSED: readonly { name: string; traceparent: string }[] = [
  { name: "nothing", traceparent: "" },
  { name: "a version that is forbidden", traceparent: `ff-${TRACE}-${SPAN}-01` },
  { name: "version 00 with more", traceparent: `00-${TRACE}-${SPAN}-01-more` },
  { name: "a trace of zeros", traceparent: `00-${"0".repeat(32)}-${SPAN}-01` },
  { name: "a span of zeros", traceparent: `00-${TRACE}-${"0".repeat(16)}-01` },
  { name: "capitals", traceparent: `00-${TRACE.toUpperCase()}-${SPAN}-01` },
  { name: "too short", traceparent: `00-${TRACE}-${SPAN.slice(1)}-01` },
];

for (const { name, traceparent } of REFUSED) {
  Deno.test(`trace context: passed over is ${name}`, () => {
    assert.equal(readTraceContext(headerOf({ traceparent })), null);
  });
}

Deno.test("trace context: what is written is read again", () => {
  const context = { traceId: TRACE, spanId: SPAN, flags: 1, state: "a=b", remote: true };
  assert.deepEqual(readTraceContext(headerOf(traceHeaders(context))), context);
});

Deno.test("trace context: any headers in, never a crash, and out comes only what can be a header", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (traceparent, tracestate) => {
    const context = readTraceContext(headerOf({ traceparent, tracestate }));
    if (context !== null) assert.match(Object.values(traceHeaders(context)).join(""), /^[\x20-\x7e]*$/);
  }));
  fc.assert(fc.property(fc.string({ unit: "binary" }), (tracestate) => {
    const context = readTraceContext(headerOf({ traceparent: `00-${TRACE}-${SPAN}-01`, tracestate }));
    assert.ok(context !== null);
    assert.match(Object.values(traceHeaders(context)).join(""), /^[\x20-\x7e]*$/);
  }));
});
