/** How many reports of something there were in a window. */
export interface Counted {
  readonly name: string;
  readonly reports: number;
}

/** One window with more reports than anybody can read. */
export interface Storm {
  readonly windowMs: number;
  readonly reports: number;
  /** Incidents that opened. */
  readonly incidents: number;
  readonly categories: readonly Counted[];
  readonly nodes: readonly Counted[];
  readonly namespaces: readonly Counted[];
  readonly sharedCauses: readonly Counted[];
}

/** What is counted of a report. */
interface CountedReport {
  readonly category: string;
  /** "" for none. */
  readonly node: string;
  readonly namespace: string;
  readonly shared: string;
  readonly isNew: boolean;
}

export interface StormMeter {
  count(report: CountedReport): void;
  /** Whether there are more reports in this window than `limitPerMinute` allows. */
  isStorm(): boolean;
  /** Ends the window once it is over; its storm, or `null` for a quiet one. */
  tick(nowMs: number): Storm | null;
}

export const STORM_WINDOW_MS = 30_000;
const TOP = 5;
/** Names counted in a window; more are counted in the sums alone. */
const NAMES_LIMIT = 1_024;

/** Creates a meter: a storm is more than `limitPerMinute` reports a minute, by windows of 30 s. */
export function createStormMeter(limitPerMinute: number, startMs: number): StormMeter {
  const limit = limitPerMinute * STORM_WINDOW_MS / 60_000;
  let windowStartMs = startMs;
  let reports = 0;
  let incidents = 0;
  let byCategory = new Map<string, number>();
  let byNode = new Map<string, number>();
  let byNamespace = new Map<string, number>();
  let byShared = new Map<string, number>();

  function clear(nowMs: number): void {
    windowStartMs = nowMs;
    reports = 0;
    incidents = 0;
    [byCategory, byNode, byNamespace, byShared] = [new Map(), new Map(), new Map(), new Map()];
  }

  return {
    count({ category, node, namespace, shared, isNew }) {
      reports++;
      if (isNew) incidents++;
      add(byCategory, category);
      add(byNode, node);
      add(byNamespace, namespace);
      add(byShared, shared);
    },
    isStorm: () => reports > limit,
    tick(nowMs) {
      const windowMs = nowMs - windowStartMs;
      if (windowMs < STORM_WINDOW_MS && windowMs >= 0) return null;
      const storm = reports <= limit ? null : {
        windowMs: Math.max(windowMs, 0),
        reports,
        incidents,
        categories: top(byCategory),
        nodes: top(byNode),
        namespaces: top(byNamespace),
        sharedCauses: top(byShared),
      };
      clear(nowMs);
      return storm;
    },
  };
}

function add(counts: Map<string, number>, name: string): void {
  if (name === "") return;
  const count = counts.get(name);
  if (count !== undefined || counts.size < NAMES_LIMIT) counts.set(name, (count ?? 0) + 1);
}

function top(counts: ReadonlyMap<string, number>): readonly Counted[] {
  return [...counts].map(([name, reports]) => ({ name, reports }))
    .sort((a, b) => b.reports - a.reports || (a.name < b.name ? -1 : 1)).slice(0, TOP);
}
