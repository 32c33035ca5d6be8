import type { Event } from "../wire/event.ts";

/** The newest reports, for people who look at one agent. */
export interface RecentEvents {
  /** Keeps the report itself: it costs no copy. Its texts are bounded and redacted already. */
  note(event: Event): void;
  /** Newest first. */
  newest(): readonly Event[];
}

/** Remembers the last `limit` reports. */
export function createRecentEvents(limit = 20): RecentEvents {
  const ring: Event[] = [];
  let next = 0;
  return {
    note(event) {
      ring[next] = event;
      next = (next + 1) % limit;
    },
    newest: () => [...ring.slice(next), ...ring.slice(0, next)].reverse(),
  };
}
