import { InvalidArgumentError } from "@commander-js/extra-typings";
import { parseGoDuration } from "../src/wire/duration.ts";

/** A moment as people give it: a Go duration or whole days back from `nowMs`, or a time in RFC 3339. Milliseconds, or `null`. */
export function parseMoment(text: string, nowMs: number): number | null {
  const backMs = parseDays(text) ?? parseGoDuration(text);
  if (backMs !== null && backMs >= 0) return nowMs - backMs;
  const ms = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(ms) ? null : ms;
}

/** `7d`: Go's durations end at hours, and nobody counts a week in them. */
function parseDays(text: string): number | null {
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? [];
  return days === undefined ? null : Number(days) * 86_400_000;
}

/** The same for an option of the command line, from now. */
export function parseMomentOption(text: string): number {
  const ms = parseMoment(text, Date.now());
  if (ms === null) throw new InvalidArgumentError("Give a duration back from now (30m, 1h, 2d) or a time (RFC 3339).");
  return ms;
}
