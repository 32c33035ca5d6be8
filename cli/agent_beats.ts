/** Whose heartbeats were heard, and when. */
export interface AgentBeats {
  /** `stopping`: the last beat of an orderly stop. */
  take(cluster: string, stopping: boolean, nowMs: number): void;
  /** `3 agents alive, last beat 4 s ago`, with those that fell silent by name; `null` before the first beat. */
  describe(nowMs: number, labelOf: (cluster: string) => string): string | null;
}

/** Three beats of the usual interval. */
const ALIVE_MS = 90_000;
const LIMIT = 10_000;
const NAMED = 3;

/** Keeps the age of each cluster's last beat. All times are milliseconds of one clock. */
export function createAgentBeats(): AgentBeats {
  const lastMs = new Map<string, number>();
  return {
    take(cluster, stopping, nowMs) {
      if (stopping) lastMs.delete(cluster);
      else if (lastMs.has(cluster) || lastMs.size < LIMIT) lastMs.set(cluster, nowMs);
    },
    describe(nowMs, labelOf) {
      if (lastMs.size === 0) return null;
      const ages = [...lastMs].map(([cluster, ms]) => ({ cluster, ageMs: nowMs - ms }));
      const silent = ages.filter(({ ageMs }) => ageMs > ALIVE_MS).sort((a, b) => a.ageMs - b.ageMs);
      const alive = ages.length - silent.length;
      const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
      const last = Math.min(...ages.map(({ ageMs }) => ageMs));
      const names = silent.slice(0, NAMED).map(({ cluster, ageMs }) => `${labelOf(cluster)} for ${seconds(ageMs)}`);
      const more = silent.length > NAMED ? ` and ${silent.length - NAMED} more` : "";
      return `${alive} agent${alive === 1 ? "" : "s"} alive, last beat ${seconds(last)} ago` +
        (names.length === 0 ? "" : `; silent: ${names.join(", ")}${more}`);
    },
  };
}
