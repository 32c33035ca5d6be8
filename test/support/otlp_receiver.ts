import { createServer } from "node:http";
import { gunzipSync } from "node:zlib";
import * as z from "zod";

const valueSchema = z.object({
  stringValue: z.string().optional(),
  intValue: z.union([z.string(), z.number()]).optional(),
  doubleValue: z.number().optional(),
  boolValue: z.boolean().optional(),
});
const attributesSchema = z.array(z.object({ key: z.string(), value: valueSchema })).default([]);
const nanosSchema = z.union([z.string(), z.number()]);
const spanSchema = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().default(""),
  name: z.string(),
  kind: z.number(),
  startTimeUnixNano: nanosSchema,
  endTimeUnixNano: nanosSchema,
  attributes: attributesSchema,
  status: z.object({ code: z.union([z.number(), z.string()]).optional() }).optional(),
});
const requestSchema = z.object({
  resourceSpans: z.array(z.object({
    resource: z.object({ attributes: attributesSchema }),
    scopeSpans: z.array(z.object({ scope: z.object({ name: z.string() }), spans: z.array(spanSchema) })),
  })),
});

/** One span as a collector sees it. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** "" for the first span of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  /** OTLP's number: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly durationMs: number;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
  /** The instrumentation scope: `agent` for the agent's own. */
  readonly scope: string;
}

/** An OpenTelemetry collector's HTTP door on loopback, which keeps what it is sent. */
export interface OtlpReceiver extends AsyncDisposable {
  readonly url: string;
  /** Spans that came as JSON. */
  readonly spans: readonly ReceivedSpan[];
  /** Every request about traces: its content type and its body, unzipped. */
  readonly requests: readonly { readonly contentType: string; readonly body: Buffer }[];
}

/** Starts a receiver; it answers every signal and keeps traces. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const requests: { contentType: string; body: Buffer }[] = [];
  const server = createServer((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    request.on("end", () => {
      const contentType = request.headers["content-type"] ?? "";
      const sent = Buffer.concat(chunks);
      const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
      if (request.url === "/v1/traces") {
        requests.push({ contentType, body });
        if (contentType.startsWith("application/json")) spans.push(...readSpans(body));
      }
      response.writeHead(200, { "content-type": contentType });
      response.end(contentType.startsWith("application/json") ? "{}" : "");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The receiver has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    spans,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function readSpans(body: Buffer): ReceivedSpan[] {
  const { resourceSpans } = requestSchema.parse(JSON.parse(body.toString("utf8")));
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId,
        name: span.name,
        kind: span.kind,
        durationMs: Number((BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1_000n) / 1_000,
        failed: span.status?.code === 2 || span.status?.code === "STATUS_CODE_ERROR",
        attributes: flatten(span.attributes),
        resource: flatten(resource.attributes),
        scope: scope.name,
      }))
    )
  );
}

function flatten(attributes: z.infer<typeof attributesSchema>): Record<string, string> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      String(value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue ?? ""),
    ]),
  );
}
