import type { Clock } from "../lifecycle/clock.ts";

/** A moment on both clocks of the machine. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export function momentOf(clock: Pick<Clock, "monotonic" | "now">): Moment {
  return { monotonicMs: clock.monotonic(), wallMs: clock.now() };
}

/**
 * How long it has been at the most: a machine that was suspended has not counted on its monotonic clock, and a wall clock
 * may be set back. Whoever asks whether something is still valid must believe the later one.
 */
export function elapsedMs(since: Moment, now: Moment): number {
  return Math.max(now.monotonicMs - since.monotonicMs, now.wallMs - since.wallMs);
}

/**
 * How long this process has been watching: a wall clock that is set forward proves nothing about others. Whoever asks
 * whether somebody else's time is over must believe this one.
 */
export function watchedMs(since: Moment, now: Moment): number {
  return now.monotonicMs - since.monotonicMs;
}
