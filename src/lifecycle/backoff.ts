/** How waits grow between tries. All times are milliseconds. */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly limitMs: number;
  /** The share of a wait that is random, 0 to 1: 0.2 spreads a wait of 10 s over 8 to 12 s. */
  readonly jitter: number;
  /** Returns a number in [0, 1); `Math.random` unless a test brings its own. */
  readonly random?: () => number;
}

/**
 * The wait before try number `attempt` (0 is the first retry): doubles from `firstMs` to `limitMs`, then jittered.
 * The jitter is applied after the limit, so a fleet at the limit still does not knock in step.
 */
export function backoffMs(attempt: number, options: BackoffOptions): number {
  const random = options.random ?? Math.random;
  // 2^30 times any first wait is beyond every limit in use; the cap keeps the power finite.
  const plainMs = Math.min(options.firstMs * 2 ** Math.min(attempt, 30), options.limitMs);
  return Math.round(plainMs * (1 + options.jitter * (2 * random() - 1)));
}
