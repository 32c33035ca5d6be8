import { Buffer } from "node:buffer";
import { keepRunning } from "../inventory/keep_running.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { AgentError, errorMessage } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Service } from "../lifecycle/service.ts";
import type { OutboxWriter } from "../outbox/outbox.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { MetricsData, MetricsReport } from "../wire/metrics_report.ts";
import type { Collected, Collector } from "./collector.ts";
import type { Section } from "./section.ts";
import { splitReport } from "./split_report.ts";

interface ReportServiceOptions {
  readonly collectors: readonly Collector[];
  readonly outbox: OutboxWriter;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly clusterId: string;
  readonly subject: string;
  readonly intervalMs: number;
  /** For each collector; never longer than the interval. */
  readonly deadlineMs: number;
  /** The server's `max_payload` in bytes, as known now. */
  readonly maxPayload: () => number;
  /** Returns a number in [0, 1); `Math.random` unless a test brings its own. */
  readonly random?: () => number;
}

interface ReportService extends Service {
  /** What the last report lacked: the part, and why. */
  missing(): ReadonlyMap<string, string>;
}

/** The first report comes within this share of the interval, so that agents restarted together do not list together. */
const START_SHARE = 1 / 12;
/** Each later report comes this share of the interval sooner or later than its beat; the beat itself is kept. */
const JITTER_SHARE = 0.05;
/** NATS counts headers into `max_payload`: ids, part numbers, content types. */
const HEADER_BYTES = 1_024;

/** Reports metrics on an interval. Collectors run side by side, each with its own deadline; reports never overlap. */
export function createReportService(options: ReportServiceOptions): ReportService {
  const { clock, telemetry, intervalMs } = options;
  const random = options.random ?? Math.random;
  const deadlineMs = Math.min(options.deadlineMs, intervalMs);
  const log = createLogger("metrics");
  const known = new Map<string, string>(); // what is failing, so that it is logged once and not every minute

  async function collectSection(collector: Collector, signal: AbortSignal): Promise<Section<Collected>> {
    const startedAt = clock.monotonic();
    const labels = { collector: collector.name };
    const section = await withinDeadline(collector, clock, deadlineMs, signal);
    telemetry.collectorSeconds.observe(labels, (clock.monotonic() - startedAt) / 1000);
    telemetry.collectorSuccess.set(labels, section.kind === "ok" ? 1 : 0);
    if (section.kind === "ok") {
      telemetry.collectorLastSuccess.set(labels, clock.now() / 1000);
      telemetry.collectorObjects.set(labels, section.data.objects);
    }
    return section;
  }

  function tellFailures(errors: Readonly<Record<string, string>>): void {
    for (const [part, error] of Object.entries(errors)) {
      if (known.get(part) !== error) log.warn("A part of the metrics is not known", { part, error });
      known.set(part, error);
    }
    for (const part of known.keys()) {
      if (part in errors) continue;
      log.info("A part of the metrics is known again", { part });
      known.delete(part);
    }
  }

  async function report(signal: AbortSignal): Promise<void> {
    const atMs = clock.now();
    const sections = await Promise.all(
      options.collectors.map(async (collector) => [collector.name, await collectSection(collector, signal)] as const),
    );
    if (signal.aborted) return;
    const { data, errors } = assemble(sections);
    tellFailures(errors);
    const whole: MetricsReport = {
      cluster_id: options.clusterId,
      timestamp: new Date(atMs).toISOString(),
      data,
      ...(Object.keys(errors).length === 0 ? {} : { errors }),
    };
    const idOf = (part: number) => `metrics-${options.clusterId}-${atMs}-${part}`;
    const parts = splitReport(whole, options.maxPayload() - HEADER_BYTES - idOf(1e6).length);
    for (const [index, part] of parts.entries()) {
      const id = idOf(index + 1);
      await options.outbox.put({
        kind: "metrics",
        id,
        subject: options.subject,
        body: Buffer.from(JSON.stringify({ id, ...part })),
        headers: parts.length === 1 ? {} : { "Agent-Part": `${index + 1}/${parts.length}` },
      }, signal);
    }
  }

  async function reportOnInterval(signal: AbortSignal): Promise<void> {
    let beat = clock.monotonic();
    while (!signal.aborted) {
      await report(signal);
      const now = clock.monotonic();
      // A report that took longer than its interval costs the beats that it covered, never two at once.
      beat += intervalMs * Math.max(1, Math.ceil((now - beat) / intervalMs));
      const jitterMs = intervalMs * JITTER_SHARE * (2 * random() - 1);
      await clock.sleep(Math.max(0, beat + jitterMs - now), signal);
    }
  }

  return {
    name: "report",
    missing: () => known,
    async run(signal) {
      const failed = new AbortController();
      const inner = AbortSignal.any([signal, failed.signal]);
      const work = async () => {
        await clock.sleep(random() * intervalMs * START_SHARE, inner);
        const feeds = options.collectors.map(({ name, run }) =>
          run === undefined ? Promise.resolve() : keepRunning(name, run, clock, inner)
        );
        try {
          await reportOnInterval(inner);
        } finally {
          failed.abort();
          await Promise.all(feeds);
        }
      };
      try {
        await work();
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}

/** Runs one collector to its end or its deadline, whichever is first, and turns what went wrong into words. */
async function withinDeadline(
  collector: Collector,
  clock: Clock,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Section<Collected>> {
  const late = new AbortController();
  const done = new AbortController();
  const timer = clock.sleep(deadlineMs, AbortSignal.any([signal, done.signal])).then(
    () => late.abort(new AgentError("failed", `Cannot collect ${collector.name} within ${deadlineMs} ms`)),
    () => {}, // done in time, or stopped
  );
  try {
    return { kind: "ok", data: await collector.collect(AbortSignal.any([signal, late.signal])) };
  } catch (error) {
    return { kind: "failed", error: errorMessage(error) };
  } finally {
    done.abort();
    await timer;
  }
}

/** Puts sections together: what failed is absent from `data` and named in `errors`. */
export function assemble(
  sections: readonly (readonly [name: string, section: Section<Collected>])[],
): { readonly data: MetricsData; readonly errors: Readonly<Record<string, string>> } {
  const data: MetricsData = {};
  const errors: Record<string, string> = {};
  for (const [name, section] of sections) {
    if (section.kind === "failed") errors[name] = section.error;
    else {
      Object.assign(data, section.data.data);
      Object.assign(errors, section.data.errors);
    }
  }
  return { data, errors };
}
