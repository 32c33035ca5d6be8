import type { Clock } from "./clock.ts";

/** Waits for `work`, but no longer than `limitMs` and not once `signal` has fired. Rejects only when `work` does. Leaves no timer. */
export async function waitAtMost(
  work: Promise<unknown>,
  limitMs: number,
  clock: Pick<Clock, "sleep">,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const limit = clock.sleep(limitMs, AbortSignal.any([signal, over.signal])).catch(() => {});
  try {
    await Promise.race([work, limit]);
  } finally {
    over.abort();
    await limit;
  }
}
