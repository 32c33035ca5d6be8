/** Which traces are kept (`OTEL_TRACES_SAMPLER`). */
export type SamplerSetting =
  | { readonly kind: "always_on" | "always_off" }
  | { readonly kind: "ratio"; readonly ratio: number };

/** How spans wait for their export (`OTEL_BSP_*`); what is absent has the SDK's default. */
interface BatchSetting {
  readonly maxQueueSize?: number;
  readonly maxExportBatchSize?: number;
  readonly scheduledDelayMillis?: number;
  readonly exportTimeoutMillis?: number;
}

/** What the surroundings ask for. */
export type TraceSettings =
  | { readonly kind: "off"; readonly warnings: readonly string[] }
  /** The runtime exports by itself: `OTEL_DENO=true` under `deno run`. */
  | { readonly kind: "runtime"; readonly warnings: readonly string[] }
  | {
    readonly kind: "export";
    readonly protocol: "http/protobuf" | "http/json";
    /** The address for traces where only the configuration names one; the exporter reads the variables itself. */
    readonly url: string | null;
    readonly serviceName: string;
    readonly sampler: SamplerSetting;
    readonly followParent: boolean;
    readonly batch: BatchSetting;
    readonly warnings: readonly string[];
  };

export interface TraceSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `telemetry.otlp_endpoint` and `telemetry.service_name`: the file, or the variables over it. */
  readonly endpoint: string | null;
  readonly serviceName: string;
  /** Whether the runtime has registered a tracer of its own. */
  readonly runtimeTraces: boolean;
}

/** The variables that ask for traces by naming where they go. */
const ENDPOINTS = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"] as const;
const BATCH: Readonly<Record<keyof BatchSetting, string>> = {
  maxQueueSize: "OTEL_BSP_MAX_QUEUE_SIZE",
  maxExportBatchSize: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
  scheduledDelayMillis: "OTEL_BSP_SCHEDULE_DELAY",
  exportTimeoutMillis: "OTEL_BSP_EXPORT_TIMEOUT",
};

/**
 * Decides from the standard variables and the configuration whether there are traces, and how. As OpenTelemetry asks, a
 * variable that makes no sense is warned of and passed over: traces are no reason for the agent not to start.
 */
export function decideTraceSettings(around: TraceSurroundings): TraceSettings {
  const warnings: string[] = [];
  const variable = (name: string) => around.env[name]?.trim() ?? "";
  const isTrue = (name: string) => variable(name).toLowerCase() === "true";
  const namedBy = ENDPOINTS.find((name) => variable(name) !== "") ?? null;

  if (isTrue("OTEL_SDK_DISABLED")) return { kind: "off", warnings };
  if (around.runtimeTraces) {
    if (around.endpoint !== null && namedBy === null) {
      warnings.push(
        "OTEL_DENO=true: the runtime exports, and to OTEL_EXPORTER_OTLP_ENDPOINT only; telemetry.otlp_endpoint is ignored",
      );
    }
    return { kind: "runtime", warnings };
  }
  const exporter = variable("OTEL_TRACES_EXPORTER");
  if (exporter === "none") return { kind: "off", warnings };
  if (exporter !== "" && exporter !== "otlp") {
    warnings.push(`OTEL_TRACES_EXPORTER=${exporter} is not supported; traces are off. Use otlp or none`);
    return { kind: "off", warnings };
  }
  const asked = around.endpoint !== null || namedBy !== null || exporter === "otlp" || isTrue("OTEL_DENO");
  if (!asked) return { kind: "off", warnings };

  const protocol = variable("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") || variable("OTEL_EXPORTER_OTLP_PROTOCOL") ||
    "http/protobuf";
  if (protocol !== "http/protobuf" && protocol !== "http/json") {
    warnings.push(
      `OTEL_EXPORTER_OTLP_PROTOCOL=${protocol} is not supported; traces are off. Use http/protobuf or http/json`,
    );
    return { kind: "off", warnings };
  }
  return {
    kind: "export",
    protocol,
    url: namedBy === null && around.endpoint !== null ? tracesUrl(around.endpoint) : null,
    serviceName: around.serviceName,
    ...samplerOf(variable("OTEL_TRACES_SAMPLER"), variable("OTEL_TRACES_SAMPLER_ARG"), warnings),
    batch: batchOf(variable, warnings),
    warnings,
  };
}

/** The endpoint of the configuration is the one for all signals, as in `OTEL_EXPORTER_OTLP_ENDPOINT`. */
const tracesUrl = (endpoint: string) => `${endpoint.replace(/\/+$/, "")}/v1/traces`;

function samplerOf(
  text: string,
  argument: string,
  warnings: string[],
): { readonly sampler: SamplerSetting; readonly followParent: boolean } {
  const name = text === "" ? "parentbased_always_on" : text;
  const plain = name.replace(/^parentbased_/, "");
  const followParent = plain !== name;
  if (plain === "always_on" || plain === "always_off") return { sampler: { kind: plain }, followParent };
  if (plain !== "traceidratio") {
    warnings.push(`OTEL_TRACES_SAMPLER=${text} is not known here; parentbased_always_on is used`);
    return { sampler: { kind: "always_on" }, followParent: true };
  }
  const ratio = argument === "" ? 1 : Number(argument);
  if (ratio >= 0 && ratio <= 1) return { sampler: { kind: "ratio", ratio }, followParent };
  warnings.push(`OTEL_TRACES_SAMPLER_ARG=${argument} is not a number from 0 to 1; the agent uses 1`);
  return { sampler: { kind: "ratio", ratio: 1 }, followParent };
}

function batchOf(variable: (name: string) => string, warnings: string[]): BatchSetting {
  const batch: Partial<Record<keyof BatchSetting, number>> = {};
  const take = (key: keyof BatchSetting) => {
    const text = variable(BATCH[key]);
    if (text === "") return;
    if (/^[1-9]\d{0,8}$/.test(text)) batch[key] = Number(text);
    else warnings.push(`${BATCH[key]}=${text} is not a number above 0; the agent uses the default`);
  };
  take("maxQueueSize");
  take("maxExportBatchSize");
  take("scheduledDelayMillis");
  take("exportTimeoutMillis");
  return batch;
}
