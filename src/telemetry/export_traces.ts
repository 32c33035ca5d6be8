import { diag, DiagLogLevel, type Tracer } from "@opentelemetry/api";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { hideUrlPassword } from "../lifecycle/hide_url_password.ts";
import type { SamplerSetting, TraceSettings } from "./trace_settings.ts";

type ExportSettings = Extract<TraceSettings, { kind: "export" }>;

/** Who exports. */
export interface ExportIdentity {
  readonly version: string;
  readonly instance: string;
}

interface TraceExport {
  readonly tracer: Tracer;
  /** Sends what waits and ends. Rejects when it can't be sent. */
  close(): Promise<void>;
}

/** A tracer whose spans go to a collector over OTLP/HTTP. `onTrouble` hears of what can't be sent. */
export async function openTraceExport(
  settings: ExportSettings,
  identity: ExportIdentity,
  onTrouble: (detail: string) => void,
): Promise<TraceExport> {
  const tell = (message: string) => onTrouble(hideUrlPassword(message));
  const quiet = () => {};
  diag.setLogger({ error: tell, warn: tell, info: quiet, debug: quiet, verbose: quiet }, {
    logLevel: DiagLogLevel.WARN,
    suppressOverrideMessage: true,
  });
  const resource = defaultResource()
    .merge(resourceFromAttributes({
      "service.name": settings.serviceName,
      "service.version": identity.version,
      "service.instance.id": identity.instance,
    }))
    .merge(detectResources({ detectors: [envDetector] }));
  const provider = new TracerProvider({
    resource,
    sampler: samplerOf(settings.sampler, settings.followParent),
    spanProcessors: [new BatchSpanProcessor({ exporter: await openExporter(settings), ...settings.batch })],
  });
  return { tracer: provider.getTracer("agent", identity.version), close: () => provider.shutdown() };
}

/** Address, headers, timeout, compression and certificates come from the standard variables, which the exporter reads. */
async function openExporter({ protocol, url }: ExportSettings): Promise<SpanExporter> {
  const options = url === null ? {} : { url };
  if (protocol === "http/json") {
    const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-http");
    return new OTLPTraceExporter(options);
  }
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-proto");
  return new OTLPTraceExporter(options);
}

function samplerOf(setting: SamplerSetting, followParent: boolean): Sampler {
  const root = setting.kind === "ratio"
    ? new TraceIdRatioBasedSampler(setting.ratio)
    : setting.kind === "always_on"
    ? new AlwaysOnSampler()
    : new AlwaysOffSampler();
  return followParent ? new ParentBasedSampler({ root }) : root;
}
