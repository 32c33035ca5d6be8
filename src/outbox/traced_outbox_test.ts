import assert from "node:assert/strict";
import { systemClock } from "../lifecycle/clock.ts";
import { createMemoryOutbox } from "./memory_outbox.ts";
import type { OutboundMessage } from "./outbound_message.ts";
import type { SpanEnd, SpanStart, Tracing } from "../telemetry/tracing.ts";
import { createTracedWriter, traceSettlement } from "./traced_outbox.ts";

interface Told extends SpanStart {
  readonly name: string;
  readonly end: SpanEnd | null;
}

/** Keeps what it is told, with ids that count up. */
function createRecorder(): { readonly tracing: Tracing; readonly spans: Told[] } {
  const spans: Told[] = [];
  return {
    spans,
    tracing: {
      open(name, start) {
        const number = spans.push({ name, ...start, end: null });
        const digits = String(number);
        return {
          context: {
            traceId: start.parent?.traceId ?? digits.padStart(32, "0"),
            spanId: digits.padStart(16, "0"),
            flags: 1,
            state: null,
            remote: false,
          },
          end: (end = {}) => void (spans[number - 1] = { name, ...start, end }),
        };
      },
    },
  };
}

const METRICS: OutboundMessage = {
  kind: "metrics",
  id: "m-1",
  subject: "agent.metrics.prod",
  body: new Uint8Array(7),
  headers: { "Agent-Part": "1/2" },
};
const NEVER = new AbortController().signal;

function createTracedOutbox(limit: number) {
  const { tracing, spans } = createRecorder();
  const outbox = createMemoryOutbox({
    clock: systemClock,
    maxBytes: 2 ** 30,
    limit,
    draining: () => false,
    onSettled: (entry, settlement) => traceSettlement(tracing, "prod", systemClock, entry, settlement),
  });
  return { writer: createTracedWriter(outbox, tracing, "prod"), outbox, spans };
}

Deno.test("traced outbox: what has no trace gets one, beside its own headers, and its delivery is told in it", async () => {
  const { writer, outbox, spans } = createTracedOutbox(10);
  await writer.put(METRICS, NEVER);
  const entries = outbox.take("metrics", 1);
  assert.deepEqual(entries[0]?.message.headers, {
    "Agent-Part": "1/2",
    traceparent: `00-${"1".padStart(32, "0")}-${"1".padStart(16, "0")}-01`,
  });
  outbox.settle("metrics", entries, { kind: "delivered" });
  assert.deepEqual(spans.map(({ name, kind, parent }) => [name, kind, parent?.spanId ?? null]), [
    ["create agent.metrics.{cluster_id}", "producer", null],
    ["send agent.metrics.{cluster_id}", "client", "1".padStart(16, "0")],
  ]);
  assert.equal(spans[1]?.end?.error, undefined);
});

Deno.test("traced outbox: what has a trace keeps it", async () => {
  const { writer, outbox, spans } = createTracedOutbox(10);
  const headers = { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` };
  await writer.put({ ...METRICS, headers }, NEVER);
  assert.deepEqual(outbox.take("metrics", 1)[0]?.message.headers, headers);
  assert.deepEqual(spans, []);
});

Deno.test("traced outbox: what is dropped is told with the reason", async () => {
  const { writer, spans } = createTracedOutbox(1);
  await writer.put(METRICS, NEVER);
  await writer.put({ ...METRICS, id: "m-2" }, NEVER);
  const sent = spans.find(({ name }) => name.startsWith("send "));
  assert.equal(sent?.end?.error, "overflow");
  assert.equal(sent?.attributes?.["messaging.message.id"], "m-1");
});
