import assert from "node:assert/strict";
import { parseMoment } from "./parse_moment.ts";

const NOW = Date.UTC(2026, 0, 2);

const ROWS: readonly { text: string; want: number | null }[] = [
  { text: "1h", want: NOW - 3_600_000 },
  { text: "1h30m", want: NOW - 5_400_000 },
  { text: "7d", want: NOW - 7 * 86_400_000 },
  { text: "1d2h", want: null },
  { text: "2026-01-01T12:00:00Z", want: Date.UTC(2026, 0, 1, 12) },
  { text: "2026-01-01T12:00:00+01:00", want: Date.UTC(2026, 0, 1, 11) },
  { text: "2026-01-01", want: Date.UTC(2026, 0, 1) },
  { text: "-1h", want: null },
  { text: "yesterday", want: null },
  { text: "5", want: null },
];

for (const { text, want } of ROWS) {
  Deno.test(`moment: "${text}"`, () => assert.equal(parseMoment(text, NOW), want));
}
