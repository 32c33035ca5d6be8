/** Nanoseconds in each unit that Go's `time.ParseDuration` knows. */
const UNIT_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  "\u00b5s": 1e3, // micro sign
  "\u03bcs": 1e3, // Greek mu
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

const PART = /(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/y;

/**
 * Parses a Go duration string ("1m30s", "-1.5h", "0") into milliseconds, or returns `null` when it is not one.
 * The grammar is that of Go's `time.ParseDuration`; a bare "0" is the only number without a unit.
 */
export function parseGoDuration(text: string): number | null {
  const sign = text.startsWith("-") ? -1 : 1;
  const body = text.replace(/^[+-]/, "");
  if (body === "0") return 0;
  if (body === "") return null;
  let ns = 0;
  PART.lastIndex = 0;
  while (PART.lastIndex < body.length) {
    const match = PART.exec(body);
    const unitNs = match?.[2] === undefined ? undefined : UNIT_NS[match[2]];
    if (match === null || unitNs === undefined) return null;
    ns += Number(match[1]) * unitNs;
  }
  // Go keeps a duration in an int64 of nanoseconds (about 292 years).
  return ns <= 9.223372036854775e18 ? (sign * ns) / 1e6 : null;
}

/**
 * Reads a duration as peers write it on the wire: an integer of nanoseconds (Go's `time.Duration`) or a Go duration
 * string. Returns milliseconds, or `null` when it is neither.
 */
export function decodeWireDuration(value: unknown): number | null {
  if (typeof value === "string") return parseGoDuration(value);
  if (typeof value === "number" && Number.isFinite(value)) return value / 1e6;
  return null;
}

/**
 * Writes milliseconds as Go peers read them: an integer of nanoseconds. Values above 2^53 ns (104 days) lose
 * their last digits in any JSON reader that uses doubles, so they are cut there.
 */
export function encodeWireDuration(durationMs: number): number {
  return Math.min(Math.round(durationMs * 1e6), Number.MAX_SAFE_INTEGER);
}

/** Writes milliseconds as a Go duration string for people: 90000 is "1m30s", 1500 is "1.5s", 0 is "0s". */
export function formatGoDuration(durationMs: number): string {
  const sign = durationMs < 0 ? "-" : "";
  const ms = Math.abs(durationMs);
  if (ms === 0) return "0s";
  if (ms < 1000) return `${sign}${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = (ms % 60_000) / 1000;
  return sign + (hours > 0 ? `${hours}h` : "") + (minutes > 0 ? `${minutes}m` : "") +
    (seconds > 0 ? `${seconds}s` : "");
}
