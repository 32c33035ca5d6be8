import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import type { OutboxEntry } from "../outbox/lane.ts";
import type { MessageKind } from "../wire/message_kind.ts";
import { type ComposeOptions, composeUnits, type PublishUnit } from "./compose_units.ts";

const PLAIN: ComposeOptions = { batch: null, gzipMinBytes: null };
const BATCHED: ComposeOptions = { batch: { maxEvents: 3, subject: "agent.events.prod" }, gzipMinBytes: null };
const HALF_A_MEGABYTE = 512 * 1024;
const MEGABYTE = 2 * HALF_A_MEGABYTE;

function entry(sequence: number, bytes = 10, kind: MessageKind = "event"): OutboxEntry {
  const body = new TextEncoder().encode(JSON.stringify({ n: sequence }).padEnd(bytes));
  const headers = sequence === 0 ? { "Agent-Zero": "yes" } : undefined;
  const message = { kind, id: `id-${sequence}`, subject: `agent.${kind}.prod`, body };
  return { sequence, enqueuedAtMs: 0, bytes, message: headers === undefined ? message : { ...message, headers } };
}

const entries = (count: number, bytes?: number, kind?: MessageKind) =>
  [...Array(count).keys()].map((number) => entry(number, bytes, kind));
const sequences = (units: readonly PublishUnit[]) =>
  units.map((unit) => unit.entries.map(({ sequence }) => sequence).join(" "));
const text = (unit: PublishUnit) => new TextDecoder().decode(unit.body);

interface Row {
  readonly name: string;
  readonly given: readonly [MessageKind, readonly OutboxEntry[], ComposeOptions];
  readonly want: readonly string[];
  /** Default a megabyte. */
  readonly maxPayload?: number;
}

const ROWS: readonly Row[] = [
  { name: "without a batch each entry is a unit", given: ["event", entries(3), PLAIN], want: ["0", "1", "2"] },
  { name: "no entries make no unit", given: ["event", [], BATCHED], want: [] },
  {
    name: "a batch takes as many events as it may",
    given: ["event", entries(7), BATCHED],
    want: ["0 1 2", "3 4 5", "6"],
  },
  { name: "metrics are never batched", given: ["metrics", entries(2, 10, "metrics"), BATCHED], want: ["0", "1"] },
  { name: "results are never batched", given: ["result", entries(2, 10, "result"), BATCHED], want: ["0", "1"] },
  {
    name: "a batch ends before half a megabyte",
    given: ["event", entries(3, HALF_A_MEGABYTE / 2 - 1), BATCHED],
    want: ["0 1", "2"],
  },
  {
    name: "the newline counts",
    given: ["event", entries(2, HALF_A_MEGABYTE / 2), BATCHED],
    want: ["0", "1"],
  },
  {
    name: "a batch fits a server's small max_payload, headers included",
    given: ["event", entries(3, 200), BATCHED],
    want: ["0 1", "2"],
    maxPayload: 1_000,
  },
  {
    name: "a max_payload too small for any batch leaves each event by itself",
    given: ["event", entries(3, 200), BATCHED],
    want: ["0", "1", "2"],
    maxPayload: 256,
  },
  {
    name: "an event too large for a batch goes by itself",
    given: ["event", [entry(0), entry(1, HALF_A_MEGABYTE + 1), entry(2)], BATCHED],
    want: ["0", "1", "2"],
  },
];

for (const { name, given, want, maxPayload = MEGABYTE } of ROWS) {
  Deno.test(`compose units: ${name}`, () => assert.deepEqual(sequences(composeUnits(...given, maxPayload)), want));
}

Deno.test("compose units: a single message goes as it is, with its id, subject and headers", () => {
  const [first, second] = composeUnits("event", entries(2), PLAIN, MEGABYTE);
  assert.deepEqual([first?.id, first?.subject, first?.headers], ["id-0", "agent.event.prod", { "Agent-Zero": "yes" }]);
  assert.deepEqual([second?.headers, second && text(second)], [{}, '{"n":1}   ']);
});

Deno.test("compose units: a batch is one JSON object a line, with its count and an id of its own", () => {
  const [unit, ...others] = composeUnits("event", entries(3, 7), BATCHED, MEGABYTE);
  assert.deepEqual(others, []);
  assert.ok(unit);
  assert.equal(text(unit), '{"n":0}\n{"n":1}\n{"n":2}\n');
  assert.equal(unit.subject, "agent.events.prod");
  assert.deepEqual(unit.headers, { "Content-Type": "application/x-ndjson", "Agent-Count": "3" });
  assert.match(unit.id, /^[0-9a-f]{32}$/);
});

Deno.test("compose units: the same events make the same batch id, others another", () => {
  const idOf = (some: readonly OutboxEntry[]) => composeUnits("event", some, BATCHED, MEGABYTE)[0]?.id;
  assert.equal(idOf(entries(3)), idOf(entries(3)));
  assert.notEqual(idOf(entries(3)), idOf(entries(2)));
});

Deno.test("compose units: bodies from the limit on are compressed, smaller ones are not", () => {
  const [small, large] = composeUnits(
    "event",
    [entry(1, 99), entry(2, 100)],
    { batch: null, gzipMinBytes: 100 },
    MEGABYTE,
  );
  assert.ok(small && large);
  assert.deepEqual([small.headers, small.body.length], [{}, 99]);
  assert.deepEqual(large.headers, { "Content-Encoding": "gzip" });
  assert.deepEqual(new Uint8Array(gunzipSync(large.body)), entry(2, 100).message.body);
});

Deno.test("compose units: a batch is compressed as a whole and keeps its headers", () => {
  const [unit] = composeUnits("event", entries(3, 7), { ...BATCHED, gzipMinBytes: 20 }, MEGABYTE);
  assert.ok(unit);
  assert.equal(new TextDecoder().decode(gunzipSync(unit.body)), '{"n":0}\n{"n":1}\n{"n":2}\n');
  assert.deepEqual(unit.headers, {
    "Content-Type": "application/x-ndjson",
    "Agent-Count": "3",
    "Content-Encoding": "gzip",
  });
});

Deno.test("compose units: however they are cut, every entry goes out once and in order, and no batch is too large", () => {
  const sizes = fc.array(fc.integer({ min: 8, max: 300_000 }), { maxLength: 12 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 5 }), (bytes, maxEvents) => {
      const given = bytes.map((size, number) => entry(number, size));
      const units = composeUnits("event", given, { ...BATCHED, batch: { maxEvents, subject: "s" } }, MEGABYTE);
      assert.deepEqual(units.flatMap((unit) => unit.entries), given);
      for (const unit of units) {
        assert.ok(unit.entries.length <= maxEvents);
        assert.ok(unit.entries.length === 1 || unit.body.length <= HALF_A_MEGABYTE);
      }
    }),
    { numRuns: 40 },
  );
});
