/** Beyond these `Date` has no text; nothing in a cluster happens there. */
const LATEST_MS = Date.UTC(9999, 11, 31);

interface Written {
  readonly ms: number;
  readonly text: string;
}

/** The last two times that were written: in a burst, reports have the time of the fault and the time of now in common. */
let newest: Written = { ms: NaN, text: "" };
let older = newest;

/** A wall-clock time in milliseconds as messages write it: RFC 3339 in UTC. Any number gives a valid time. */
export function rfc3339(ms: number): string {
  if (ms === newest.ms) return newest.text;
  if (ms === older.ms) return older.text;
  older = newest;
  newest = { ms, text: new Date(Math.min(Math.max(ms, 0), LATEST_MS)).toISOString() };
  return newest.text;
}
