import type { DeliveryRun } from "./run_delivery.ts";
import type { PathFigures } from "./run_whole_path.ts";
import type { SpoolFigures } from "./spool_figures.ts";
import type { Latency } from "./variant.ts";

/** Everything that a bench came to; a part that was not asked for is absent. */
export interface BenchResult {
  readonly machine: { readonly cpus: number; readonly cpu: string; readonly deno: string };
  /** Of every process that was measured; null is V8's own choices. */
  readonly v8Flags: string | null;
  /** In the burst of each run. */
  readonly events: number;
  readonly delivery: Readonly<Record<string, DeliveryRun>>;
  /** Each way over the bare library of the same run: what cancels out how fast the machine is. */
  readonly ratios: Readonly<Record<string, { readonly throughput: number; readonly cpu: number }>>;
  readonly path: Readonly<Record<string, PathFigures>>;
  readonly spool?: SpoolFigures;
}

/** Throughput and CPU of each way over those of the bare library that delivers alike. */
export function ratiosOf(delivery: Readonly<Record<string, DeliveryRun>>): BenchResult["ratios"] {
  const ratios: Record<string, { throughput: number; cpu: number }> = {};
  for (const [name, run] of Object.entries(delivery)) {
    const bare = delivery[`bare-${name.split("+", 1)[0]}`];
    if (bare === undefined) continue;
    ratios[name] = {
      throughput: Math.round(run.eventsPerSecond / bare.eventsPerSecond * 100) / 100,
      cpu: Math.round(run.cpuMicrosPerEvent / bare.cpuMicrosPerEvent * 100) / 100,
    };
  }
  return ratios;
}

/** The result as tables for a person. */
export function formatBench(result: BenchResult): string {
  const parts: string[] = [];
  if (Object.keys(result.delivery).length > 0) {
    parts.push(formatTable(
      ["delivery", "events/s", "over bare", "CPU us", "over bare", "peak MB", "wire B", "p50 ms", "p99 ms", "max ms"],
      Object.entries(result.delivery).map(([name, run]) => [
        name,
        `${run.eventsPerSecond}`,
        `${result.ratios[name]?.throughput ?? ""}`,
        `${run.cpuMicrosPerEvent}`,
        `${result.ratios[name]?.cpu ?? ""}`,
        `${run.peakMegabytes}`,
        `${run.wireBytesPerEvent}`,
        ...latencyCells(run.latencyMs),
      ]),
    ));
  }
  if (Object.keys(result.path).length > 0) {
    parts.push(formatTable(
      ["watch to bus", "events/s", "CPU us", "idle MB", "peak MB", "p50 ms", "p99 ms", "max ms"],
      Object.entries(result.path).map(([name, run]) => [
        name,
        `${run.eventsPerSecond}`,
        `${run.cpuMicrosPerEvent}`,
        `${run.idleMegabytes}`,
        `${run.peakMegabytes}`,
        ...latencyCells(run.latencyMs),
      ]),
    ));
  }
  if (result.spool !== undefined) {
    const { rows, restart } = result.spool;
    parts.push(formatTable(
      ["spool", "records/s", "CPU us"],
      Object.entries({ ...rows, [`read after a restart (open: ${restart.openMs} ms)`]: restart }).map(([name, row]) => [
        name,
        `${row.recordsPerSecond}`,
        `${row.cpuMicrosPerRecord}`,
      ]),
    ));
  }
  return parts.join("\n");
}

function latencyCells(latency: Latency): string[] {
  return latency === null ? ["", "", ""] : [`${latency.p50}`, `${latency.p99}`, `${latency.max}`];
}

function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))
      .join("  ").trimEnd();
  return [head, ...rows].map(line).join("\n") + "\n";
}
