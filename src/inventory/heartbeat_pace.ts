/** Learns how often things write themselves without a change, so that such a write need not be looked into. */
interface HeartbeatPace {
  /** Whether a write `gapMs` after the one before it is what a heartbeat would do. */
  explains(gapMs: number): boolean;
  /** A write after `gapMs` was looked into, and nothing had changed. */
  learn(gapMs: number): void;
}

/** The kubelet's nodeStatusReportFrequency. */
const KUBELET_MS = 300_000;
/** Gaps this close are one pace: the kubelet looks every 10 s whether its time has come. */
const TOLERANCE = 0.1;
/** A gap that came to nothing this often is a pace. After a change the kubelet waits a random time once: that is none. */
const PACE_HITS = 3;
/** A cluster has a few kinds of kubelet. */
const PACE_LIMIT = 8;

/** Creates a memory that knows the kubelet's own pace. */
export function createHeartbeatPace(): HeartbeatPace {
  const paces = [{ gapMs: KUBELET_MS, hits: PACE_HITS }];
  const find = (gapMs: number) => paces.find((pace) => Math.abs(pace.gapMs - gapMs) <= pace.gapMs * TOLERANCE);
  return {
    explains: (gapMs) => (find(gapMs)?.hits ?? 0) >= PACE_HITS,
    learn(gapMs) {
      const known = find(gapMs);
      if (known !== undefined) known.hits++;
      else {
        if (paces.length === PACE_LIMIT) paces.splice(paces.findIndex(({ hits }) => hits < PACE_HITS), 1);
        paces.push({ gapMs, hits: 1 });
      }
    },
  };
}
