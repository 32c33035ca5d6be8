import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeWireDuration, encodeWireDuration, formatGoDuration, parseGoDuration } from "./duration.ts";

// The accepted and refused forms are those of Go's own table (src/time/time_test.go, parseDurationTests).
const PARSED: readonly { readonly given: string; readonly want: number | null }[] = [
  { given: "0", want: 0 },
  { given: "5s", want: 5_000 },
  { given: "30s", want: 30_000 },
  { given: "1478s", want: 1_478_000 },
  { given: "-5s", want: -5_000 },
  { given: "+5s", want: 5_000 },
  { given: "-0", want: 0 },
  { given: "+0", want: 0 },
  { given: "5.0s", want: 5_000 },
  { given: "5.6s", want: 5_600 },
  { given: "5.s", want: 5_000 },
  { given: ".5s", want: 500 },
  { given: "1.004s", want: 1_004 },
  { given: "10ns", want: 0.00001 },
  { given: "11us", want: 0.011 },
  { given: "12µs", want: 0.012 },
  { given: "12μs", want: 0.012 },
  { given: "13ms", want: 13 },
  { given: "15m", want: 900_000 },
  { given: "16h", want: 57_600_000 },
  { given: "3h30m", want: 12_600_000 },
  { given: "10.5s4m", want: 250_500 },
  { given: "-2m3.4s", want: -123_400 },
  { given: "1h2m3s4ms5us6ns", want: 3_723_004.005006 },
  { given: "2562047h", want: 9_223_369_200_000 },
  { given: "2562048h", want: null },
  { given: "9".repeat(400) + "h", want: null },
  { given: "", want: null },
  { given: "3", want: null },
  { given: "-", want: null },
  { given: "s", want: null },
  { given: ".", want: null },
  { given: "-.", want: null },
  { given: ".s", want: null },
  { given: "+.s", want: null },
  { given: "1d", want: null },
  { given: "1 s", want: null },
  { given: " 1s", want: null },
  { given: "1s ", want: null },
  { given: "1s\n", want: null },
  { given: "--1s", want: null },
  { given: "1s-2s", want: null },
  { given: "1e3s", want: null },
  { given: "1S", want: null },
  { given: "\x85\x85", want: null },
];

for (const { given, want } of PARSED) {
  Deno.test(`duration: ${JSON.stringify(given.slice(0, 20))} is ${want === null ? "none" : `${want} ms`}`, () => {
    const got = parseGoDuration(given);
    if (want === null || got === null) assert.equal(got, want);
    else assert.ok(Math.abs(got - want) < 1e-9 * Math.max(1, Math.abs(want)), `${got}`);
  });
}

const DECODED: readonly { readonly name: string; readonly given: unknown; readonly want: number | null }[] = [
  { name: "nanoseconds, as Go writes them", given: 30_000_000_000, want: 30_000 },
  { name: "a string", given: "1m30s", want: 90_000 },
  { name: "nothing", given: undefined, want: null },
  { name: "null", given: null, want: null },
  { name: "a string of digits", given: "30", want: null },
  { name: "no number", given: NaN, want: null },
  { name: "an endless one", given: Infinity, want: null },
  { name: "an object", given: { seconds: 3 }, want: null },
];

for (const { name, given, want } of DECODED) {
  Deno.test(`duration: on the wire, ${name}`, () => assert.equal(decodeWireDuration(given), want));
}

const WRITTEN: readonly { readonly given: number; readonly want: string }[] = [
  { given: 0, want: "0s" },
  { given: 250, want: "250ms" },
  { given: 1_500, want: "1.5s" },
  { given: 90_000, want: "1m30s" },
  { given: 3_600_000, want: "1h" },
  { given: 3_723_004, want: "1h2m3.004s" },
  { given: -90_000, want: "-1m30s" },
];

for (const { given, want } of WRITTEN) {
  Deno.test(`duration: ${given} ms is written ${want}`, () => assert.equal(formatGoDuration(given), want));
}

Deno.test("duration: whole nanoseconds are written, and no more than JSON readers can hold", () => {
  assert.equal(encodeWireDuration(1.5), 1_500_000);
  assert.equal(encodeWireDuration(0.0000004), 0);
  assert.equal(encodeWireDuration(1e15), Number.MAX_SAFE_INTEGER);
});

Deno.test("duration: what is written is read again", () => {
  fc.assert(fc.property(fc.integer({ min: -1e12, max: 1e12 }), (ms) => {
    assert.equal(Math.round(parseGoDuration(formatGoDuration(ms)) ?? NaN), ms);
    assert.equal(formatGoDuration(ms).startsWith("-"), ms < 0);
  }));
  fc.assert(fc.property(fc.nat(1e9), (ms) => assert.equal(decodeWireDuration(encodeWireDuration(ms)), ms)));
});

Deno.test("duration: no text makes it throw, or take long", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    const ms = parseGoDuration(text);
    assert.ok(ms === null || Number.isFinite(ms));
  }));
  assert.equal(parseGoDuration("1h".repeat(100_000) + "!"), null);
});
