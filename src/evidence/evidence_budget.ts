/** What evidence may cost the API server, over any minute. */
interface EvidenceLimits {
  readonly requestsPerMinute: number;
  readonly bytesPerMinute: number;
}

interface EvidenceBudget {
  /** Sets `requests` aside for a bundle; `null` where there are not so many left now. */
  reserve(requests: number): Reservation | null;
  /** When there may be so many again, monotonic; now where there are. */
  freeAt(requests: number): number;
  /** Asks nothing before `untilMs`, monotonic: the API server said so. */
  pause(untilMs: number): void;
  paused(): boolean;
}

/** The requests of one bundle. */
export interface Reservation {
  /** Takes one; false when none is left, or the bytes of this minute are used up. */
  take(): boolean;
  spent(bytes: number): void;
  /** Gives back what was not taken. */
  close(): void;
}

const MINUTE_MS = 60_000;

/**
 * A window of one minute that slides: never more requests in any minute than allowed, not even where two windows meet.
 * `now` is a monotonic clock in milliseconds. Requests that are set aside count as taken.
 */
export function createEvidenceBudget(limits: EvidenceLimits, now: () => number): EvidenceBudget {
  let taken: number[] = [];
  let received: { readonly at: number; readonly bytes: number }[] = [];
  let reserved = 0;
  let pausedUntil = -Infinity;

  function forgetOld(): void {
    const since = now() - MINUTE_MS;
    if ((taken[0] ?? Infinity) <= since) taken = taken.filter((at) => at > since);
    if ((received[0]?.at ?? Infinity) <= since) received = received.filter(({ at }) => at > since);
  }
  const bytes = () => received.reduce((sum, entry) => sum + entry.bytes, 0);
  const isPaused = () => now() < pausedUntil;

  return {
    reserve(requests) {
      forgetOld();
      if (isPaused() || bytes() >= limits.bytesPerMinute) return null;
      if (taken.length + reserved + requests > limits.requestsPerMinute) return null;
      let left = requests;
      reserved += requests;
      return {
        take() {
          forgetOld();
          if (left === 0 || isPaused() || bytes() >= limits.bytesPerMinute) return false;
          left--;
          reserved--;
          taken.push(now());
          return true;
        },
        spent: (count) => void received.push({ at: now(), bytes: count }),
        close() {
          reserved -= left;
          left = 0;
        },
      };
    },
    freeAt(requests) {
      forgetOld();
      const tooMany = taken.length + reserved + requests - limits.requestsPerMinute;
      const byRequests = tooMany <= 0 ? now() : (taken[Math.min(tooMany, taken.length) - 1] ?? now()) + MINUTE_MS;
      let over = bytes() - limits.bytesPerMinute;
      const last = received.find((entry) => (over -= entry.bytes) < 0);
      const byBytes = bytes() < limits.bytesPerMinute ? now() : (last?.at ?? now()) + MINUTE_MS;
      return Math.max(byRequests, byBytes, pausedUntil, now());
    },
    pause: (untilMs) => void (pausedUntil = Math.max(pausedUntil, untilMs)),
    paused: isPaused,
  };
}
