import { createLogger } from "../lifecycle/logging.ts";
import { errorMessage } from "../lifecycle/errors.ts";
import type { ExportIdentity } from "./export_traces.ts";
import { decideTraceSettings, type TraceSurroundings } from "./trace_settings.ts";
import type { Tracing } from "./tracing.ts";

interface TracingHandle {
  readonly tracing: Tracing;
  /** Sends what waits; never rejects, and gives up after `CLOSE_LIMIT_MS`. */
  close(): Promise<void>;
}

/** The last spans are not worth a slow stop. */
const CLOSE_LIMIT_MS = 1_000;
/** A collector that is away would be told of with each batch. */
const TROUBLE_INTERVAL_MS = 60_000;

/** Where a runtime that traces by itself leaves its tracer for OpenTelemetry's API (`Deno` with `OTEL_DENO=true`). */
const API_GLOBAL = Symbol.for("opentelemetry.js.api.1");

/** Whether the runtime has registered a tracer, found without loading the API. */
function runtimeTraces(): boolean {
  const api: unknown = Reflect.get(globalThis, API_GLOBAL);
  return typeof api === "object" && api !== null && "trace" in api;
}

/** Opens traces if the surroundings ask for them; `null`, and nothing loaded, if they do not. */
export async function openTracing(
  around: Omit<TraceSurroundings, "runtimeTraces">,
  identity: ExportIdentity,
): Promise<TracingHandle | null> {
  const log = createLogger("telemetry");
  const settings = decideTraceSettings({ ...around, runtimeTraces: runtimeTraces() });
  for (const warning of settings.warnings) log.warn("An OpenTelemetry setting is not used", { detail: warning });
  if (settings.kind === "off") return null;
  const { createOtelTracing, runtimeTracer } = await import("./otel_tracing.ts");
  if (settings.kind === "runtime") {
    log.info("Traces are exported by the runtime");
    return { tracing: createOtelTracing(runtimeTracer(identity.version)), close: () => Promise.resolve() };
  }
  const { openTraceExport } = await import("./export_traces.ts");
  let toldAt = -Infinity;
  const exporting = await openTraceExport(settings, identity, (detail) => {
    if (performance.now() - toldAt < TROUBLE_INTERVAL_MS) return;
    toldAt = performance.now();
    log.warn("Cannot export traces; spans are lost until it works again", { error: detail });
  });
  log.info("Traces are exported", { protocol: settings.protocol });
  return {
    tracing: createOtelTracing(exporting.tracer),
    async close() {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, CLOSE_LIMIT_MS);
      const closed = exporting.close().catch((error) => {
        log.warn("Cannot export the last spans", { error: errorMessage(error) });
      });
      await Promise.race([closed, late.promise]);
      clearTimeout(timer);
    },
  };
}
