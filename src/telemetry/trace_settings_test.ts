import assert from "node:assert/strict";
import { decideTraceSettings, type TraceSettings, type TraceSurroundings } from "./trace_settings.ts";

const COLLECTOR = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };
const EXPORT = {
  kind: "export",
  protocol: "http/protobuf",
  url: null,
  serviceName: "agent",
  sampler: { kind: "always_on" },
  followParent: true,
  batch: {},
  warnings: [],
} as const satisfies TraceSettings;

const TABLE: readonly { name: string; given: Partial<TraceSurroundings>; want: Partial<TraceSettings> }[] = [
  { name: "nothing is set", given: {}, want: { kind: "off", warnings: [] } },
  { name: "a variable names a collector", given: { env: COLLECTOR }, want: EXPORT },
  {
    name: "a variable names one for traces alone",
    given: { env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://collector:4318/v1/traces" } },
    want: EXPORT,
  },
  {
    name: "the configuration names a collector",
    given: { endpoint: "https://collector:4318/" },
    want: { ...EXPORT, url: "https://collector:4318/v1/traces" },
  },
  {
    name: "both do: the variable stands over the file",
    given: { env: COLLECTOR, endpoint: "https://other:4318" },
    want: EXPORT,
  },
  { name: "an exporter is named", given: { env: { OTEL_TRACES_EXPORTER: "otlp" } }, want: EXPORT },
  { name: "OTEL_DENO asks a runtime that can't", given: { env: { OTEL_DENO: "true" } }, want: EXPORT },
  {
    name: "the runtime traces",
    given: { env: COLLECTOR, runtimeTraces: true },
    want: { kind: "runtime", warnings: [] },
  },
  {
    name: "the SDK is disabled",
    given: { env: { ...COLLECTOR, OTEL_SDK_DISABLED: "TRUE" }, runtimeTraces: true },
    want: { kind: "off", warnings: [] },
  },
  {
    name: "no exporter is wanted",
    given: { env: { ...COLLECTOR, OTEL_TRACES_EXPORTER: "none" } },
    want: { kind: "off", warnings: [] },
  },
  {
    name: "JSON is asked for",
    given: { env: { ...COLLECTOR, OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" } },
    want: { ...EXPORT, protocol: "http/json" },
  },
  {
    name: "JSON is asked for, for traces alone",
    given: {
      env: { ...COLLECTOR, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc", OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json" },
    },
    want: { ...EXPORT, protocol: "http/json" },
  },
  {
    name: "a tenth is to be kept, whatever the sender says",
    given: { env: { ...COLLECTOR, OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.1" } },
    want: { ...EXPORT, sampler: { kind: "ratio", ratio: 0.1 }, followParent: false },
  },
  {
    name: "only what the sender samples is to be kept",
    given: { env: { ...COLLECTOR, OTEL_TRACES_SAMPLER: "parentbased_always_off" } },
    want: { ...EXPORT, sampler: { kind: "always_off" } },
  },
  {
    name: "the batch is set",
    given: { env: { ...COLLECTOR, OTEL_BSP_SCHEDULE_DELAY: "100", OTEL_BSP_MAX_QUEUE_SIZE: "64" } },
    want: { ...EXPORT, batch: { scheduledDelayMillis: 100, maxQueueSize: 64 } },
  },
];

for (const { name, given, want } of TABLE) {
  Deno.test(`trace settings: ${name}`, () => {
    assert.deepEqual(decideTraceSettings(around(given)), want);
  });
}

const WARNED: readonly { name: string; given: Partial<TraceSurroundings>; kind: string; warning: RegExp }[] = [
  {
    name: "grpc",
    given: { env: { ...COLLECTOR, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" } },
    kind: "off",
    warning: /=grpc .*http\/json/,
  },
  {
    name: "another exporter",
    given: { env: { OTEL_TRACES_EXPORTER: "zipkin" } },
    kind: "off",
    warning: /zipkin .*otlp/,
  },
  {
    name: "another sampler",
    given: { env: { ...COLLECTOR, OTEL_TRACES_SAMPLER: "jaeger_remote" } },
    kind: "export",
    warning: /jaeger_remote/,
  },
  {
    name: "a ratio above 1",
    given: { env: { ...COLLECTOR, OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "10" } },
    kind: "export",
    warning: /ARG=10 /,
  },
  {
    name: "a queue of nothing",
    given: { env: { ...COLLECTOR, OTEL_BSP_MAX_QUEUE_SIZE: "0" } },
    kind: "export",
    warning: /OTEL_BSP_MAX_QUEUE_SIZE=0 /,
  },
  {
    name: "an endpoint that the runtime does not read",
    given: { endpoint: "http://collector:4318", runtimeTraces: true },
    kind: "runtime",
    warning: /telemetry\.otlp_endpoint is ignored/,
  },
];

for (const { name, given, kind, warning } of WARNED) {
  Deno.test(`trace settings: ${name} is warned of, and nothing fails`, () => {
    const settings = decideTraceSettings(around(given));
    assert.equal(settings.kind, kind);
    assert.match(settings.warnings.join("\n"), warning);
  });
}

function around(given: Partial<TraceSurroundings>): TraceSurroundings {
  return { env: {}, endpoint: null, serviceName: "agent", runtimeTraces: false, ...given };
}
