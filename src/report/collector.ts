import type { CollectorName, MetricsData } from "../wire/metrics_report.ts";

/** What one collector read. */
export interface Collected {
  readonly data: MetricsData;
  /** Objects that the figures were made from. */
  readonly objects: number;
  /** Why a smaller part is absent: `nodes.usage`, `namespaces.services`. */
  readonly errors: Readonly<Record<string, string>>;
}

/** Reads one part of a report, on its own: what it can't read is its own affair. */
export interface Collector {
  readonly name: CollectorName;
  /** Keeps what `collect` needs up to date; resolves when `signal` fires. Absent where there is nothing to keep. */
  run?(signal: AbortSignal): Promise<void>;
  /** Rejects when it can't tell, or when `signal` (its deadline) fires. */
  collect(signal: AbortSignal): Promise<Collected>;
}
