import type { Clock } from "../lifecycle/clock.ts";

interface SaveLoopOptions {
  readonly clock: Clock;
  /** How long until the next look. */
  readonly waitMs: () => number;
  readonly save: (signal: AbortSignal) => Promise<void>;
}

/** From the stop on, a write that is under way and the last one may take this long together. */
const LAST_WRITES_MS = 900;

/**
 * Saves at intervals until `signal` fires, and once more then. A write that is under way at that moment is waited for: broken
 * off, nobody would know what became of it, and the last one would have to read first.
 */
export async function saveUntil(signal: AbortSignal, { clock, waitMs, save }: SaveLoopOptions): Promise<void> {
  const limit = new AbortController();
  const startLimit = () => {
    const late = AbortSignal.timeout(LAST_WRITES_MS);
    late.addEventListener("abort", () => limit.abort(late.reason), { once: true });
  };
  signal.addEventListener("abort", startLimit, { once: true });
  if (signal.aborted) startLimit();
  while (!signal.aborted) {
    await clock.sleep(waitMs(), signal).catch(() => {});
    if (!signal.aborted) await save(limit.signal);
  }
  await save(limit.signal);
}
