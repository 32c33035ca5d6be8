import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { systemClock } from "../../lifecycle/clock.ts";
import { errorCode } from "../../lifecycle/errors.ts";
import { spoolMessage } from "../../../test/support/spool_message.ts";
import { openSpool } from "./open_spool.ts";
import { SEGMENT_HEADER_BYTES } from "./segment_header.ts";
import { parseSegmentName } from "./segment_name.ts";
import type { Spool, SpoolMessage, SpoolPosition, SpoolRecord } from "./spool.ts";
import { type LaneName, laneOf, SPOOL_LANES } from "./spool_lane.ts";
import { sizeMessage } from "./spool_record.ts";

const LANE_NAMES: readonly LaneName[] = SPOOL_LANES.map(({ name }) => name);
const NO_SIGNAL = new AbortController().signal;
const ALL = { maxRecords: 1e6, maxBytes: 1e9 };

type Step =
  | { kind: "append"; messages: { lane: LaneName; bytes: number }[] }
  | { kind: "read"; count: number }
  | { kind: "acknowledge"; share: number; flush: boolean }
  | { kind: "rewind" }
  | { kind: "restart" }
  | { kind: "crash"; damage: "none" | "cut" | "flip" | "garbage_acknowledged"; file: number; place: number };

const appendStep = fc.record({
  kind: fc.constant("append" as const),
  messages: fc.array(fc.record({ lane: fc.constantFrom(...LANE_NAMES), bytes: fc.nat(900) }), { maxLength: 12 }),
});
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: appendStep },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("read" as const), count: fc.integer({ min: 1, max: 20 }) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("acknowledge" as const),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
        flush: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: "rewind" as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: "restart" as const }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("crash" as const),
        damage: fc.constantFrom("none" as const, "cut" as const, "flip" as const, "garbage_acknowledged" as const),
        file: fc.nat(1000),
        place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      }),
    },
  ),
  { minLength: 4, maxLength: 40 },
);

/** What the spool promised: every stored message, in order, and what became of it. */
interface Kept {
  readonly number: number;
  readonly message: SpoolMessage;
  /** By the file name of the run that stored it; recovery may give the record another index. */
  readonly segment: string;
  readonly sequence: number;
  /** The record's bytes in its segment file. */
  readonly startOffset: number;
  readonly endOffset: number;
  /** `asked`: acknowledged, perhaps not yet on disk, so it may come again after a crash. */
  acknowledged: "no" | "asked" | "written";
  lost: boolean;
}

class Model {
  readonly kept: Kept[] = [];
  readonly byId = new Map<string, Kept>();
  #fileEnds = new Map<string, number>();

  store(message: SpoolMessage, position: SpoolPosition, number: number): void {
    const startOffset = this.#fileEnds.get(position.segment) ?? SEGMENT_HEADER_BYTES;
    const endOffset = startOffset + (sizeMessage(message)?.sizeBytes ?? 0);
    this.#fileEnds.set(position.segment, endOffset);
    const { segment, sequence } = position;
    const entry: Kept = { number, message, segment, sequence, startOffset, endOffset, acknowledged: "no", lost: false };
    this.kept.push(entry);
    this.byId.set(message.id, entry);
  }

  /** The bytes [from, to) of a segment file are no longer what they were. */
  damage(segment: string, from: number, to: number): void {
    for (const entry of this.kept) {
      if (entry.segment === segment && entry.startOffset < to && entry.endOffset > from) entry.lost = true;
    }
  }

  check(records: readonly SpoolRecord[]): void {
    for (const { message } of records) {
      const entry = this.byId.get(message.id);
      assert.ok(entry !== undefined, `delivered ${message.id}, which was never stored`);
      assert.deepEqual({ ...message, body: [...message.body] }, { ...entry.message, body: [...entry.message.body] });
      assert.notEqual(entry.acknowledged, "written", `delivered ${message.id} after its acknowledgement was on disk`);
      assert.equal(entry.lost, false, `delivered ${message.id}, whose bytes were damaged`);
    }
    const numbers = records.map(({ message }) => this.byId.get(message.id)?.number ?? -1);
    assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b), "not in the order in which they were stored");
    assert.equal(new Set(numbers).size, numbers.length, "one record twice in one pass");
  }

  /** After a start: what was asked for either reached the disk, or is forgotten and delivered again. */
  settleAsked(records: readonly SpoolRecord[]): void {
    const delivered = new Set(records.map(({ message }) => message.id));
    for (const entry of this.kept) {
      if (entry.acknowledged === "asked") entry.acknowledged = delivered.has(entry.message.id) ? "no" : "written";
    }
  }

  checkComplete(records: readonly SpoolRecord[]): void {
    const delivered = new Set(records.map(({ message }) => message.id));
    const missing = this.kept.filter((entry) =>
      entry.acknowledged === "no" && !entry.lost && !delivered.has(entry.message.id)
    );
    assert.deepEqual(missing.map(({ message }) => message.id), [], "stored, not acknowledged, and not delivered");
  }
}

async function open(dir: string): Promise<Spool> {
  const { spool, fault } = await openSpool({
    dir,
    maxBytes: 1e8,
    segmentBytes: 4_000,
    sync: false,
    acknowledgeFlushMs: 3_600_000,
    clock: systemClock,
    signal: NO_SIGNAL,
  });
  assert.equal(fault, null);
  return spool;
}

/** Once more when a file went away meanwhile: the spool removes what is finished in its own time. */
async function copyFolder(from: string, to: string): Promise<void> {
  try {
    await cp(from, to, { recursive: true });
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    await rm(to, { recursive: true });
    await copyFolder(from, to);
  }
}

/** Leaves the folder as a kill would have: a copy, without a word to the spool that writes it. */
async function crash(spool: Spool, dir: string, step: Extract<Step, { kind: "crash" }>, model: Model): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), "spool-crash-"));
  await copyFolder(dir, copy);
  await rm(join(copy, "lock"), { force: true });
  await spool.close();
  await rm(dir, { recursive: true });
  const files = await readdir(copy);
  if (step.damage === "garbage_acknowledged") {
    for (const file of files.filter((name) => name.endsWith(".acknowledged"))) {
      const bytes = await readFile(join(copy, file));
      bytes.fill(0xa5, 0, Math.ceil(bytes.length * step.place));
      await writeFile(join(copy, file), bytes);
    }
    for (const entry of model.kept) if (entry.acknowledged === "written") entry.acknowledged = "asked";
  }
  const segments = files.filter((name) => parseSegmentName(name) !== null).sort();
  const target = segments[step.file % Math.max(1, segments.length)];
  if (target === undefined) return copy;
  const bytes = await readFile(join(copy, target));
  const place = Math.floor(step.place * bytes.length);
  if (step.damage === "cut") {
    await truncate(join(copy, target), place);
    model.damage(target, place, Infinity);
  }
  if (step.damage === "flip") {
    bytes[place] = (bytes[place] ?? 0) ^ 0x10;
    await writeFile(join(copy, target), bytes);
    model.damage(target, place, place + 1);
  }
  return copy;
}

async function play(script: readonly Step[]): Promise<void> {
  let dir = await mkdtemp(join(tmpdir(), "spool-model-"));
  let spool = await open(dir);
  const model = new Model();
  let number = 0;
  let inFlight: SpoolRecord[] = [];
  const reread = async () => {
    spool.rewind();
    const records = await spool.read(ALL);
    model.check(records);
    model.checkComplete(records);
    inFlight = [...records];
  };
  try {
    for (const step of script) {
      if (step.kind === "append") {
        const messages = step.messages.map(({ lane, bytes }) => spoolMessage(number++, lane, bytes));
        const outcome = await spool.append(messages);
        assert.ok(outcome.kind === "stored");
        assert.deepEqual(outcome.evictions, []);
        outcome.positions.forEach((position, place) => {
          const message = messages[place];
          assert.ok(position !== null && message !== undefined);
          model.store(message, position, number - messages.length + place);
        });
      } else if (step.kind === "read") {
        const records = await spool.read({ maxRecords: step.count, maxBytes: 1e9 });
        assert.ok(records.length <= step.count);
        model.check(records);
        inFlight.push(...records);
      } else if (step.kind === "acknowledge") {
        const taken = inFlight.filter((_, place) => (place * 0.618) % 1 < step.share);
        inFlight = inFlight.filter((record) => !taken.includes(record));
        spool.acknowledge(taken.map(({ position }) => position));
        if (step.flush) await spool.flush();
        for (const { message } of taken) {
          const entry = model.byId.get(message.id);
          if (entry?.acknowledged === "no") entry.acknowledged = "asked";
        }
        if (step.flush) {
          for (const entry of model.kept) if (entry.acknowledged === "asked") entry.acknowledged = "written";
        }
      } else if (step.kind === "rewind") {
        spool.rewind();
      } else {
        if (step.kind === "restart") {
          await spool.close();
          for (const entry of model.kept) if (entry.acknowledged === "asked") entry.acknowledged = "written";
        } else {
          dir = await crash(spool, dir, step, model);
        }
        spool = await open(dir);
        await reread();
        model.settleAsked(inFlight);
      }
    }
    await reread();
  } finally {
    await spool.close();
    await rm(dir, { recursive: true });
  }
}

Deno.test("spool: after any operations and a crash at any byte, what was stored and not acknowledged is there", async () => {
  await fc.assert(fc.asyncProperty(steps, play), { numRuns: 120 });
});

Deno.test("spool: a full spool keeps to its bytes, gives up the least severe and oldest, and accounts for every message", async () => {
  const script = fc.array(appendStep, { minLength: 5, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(script, async (appends) => {
      const dir = await mkdtemp(join(tmpdir(), "spool-full-"));
      const maxBytes = 24_000;
      const { spool } = await openSpool({
        dir,
        maxBytes,
        segmentBytes: 3_000,
        sync: false,
        clock: systemClock,
        signal: NO_SIGNAL,
      });
      const live = new Map<LaneName, number>(LANE_NAMES.map((lane) => [lane, 0]));
      const stored: { lane: LaneName; number: number }[] = [];
      let number = 0;
      try {
        for (const { messages } of appends) {
          const built = messages.map(({ lane, bytes }) => spoolMessage(number++, lane, bytes));
          const outcome = await spool.append(built);
          assert.ok(outcome.kind === "stored");
          for (const { lane } of messages) live.set(lane, (live.get(lane) ?? 0) + 1);
          for (const [place, { lane }] of messages.entries()) {
            if (outcome.positions[place] !== null) stored.push({ lane, number: number - messages.length + place });
          }
          for (const loss of outcome.evictions) {
            const lane = laneOf(loss);
            live.set(lane, (live.get(lane) ?? 0) - loss.records);
          }
          for (const loss of outcome.evictions) {
            const milder = LANE_NAMES.slice(0, LANE_NAMES.indexOf(laneOf(loss)));
            for (const lane of milder) assert.equal(live.get(lane), 0, `${lane} outlived ${laneOf(loss)}`);
          }
          assert.ok(spool.status().usedBytes <= maxBytes);
          assert.equal(spool.status().records, [...live.values()].reduce((sum, count) => sum + count, 0));
        }
        spool.rewind();
        const left = await spool.read(ALL);
        // What is left of a lane is its newest part: the oldest went.
        for (const lane of LANE_NAMES) {
          const ids = left.filter(({ message }) => laneOf(message) === lane).map(({ message }) => message.id);
          const newest = stored.filter((entry) => entry.lane === lane).slice(
            stored.filter((entry) => entry.lane === lane).length - ids.length,
          );
          assert.deepEqual(ids, newest.map((entry) => `id-${entry.number}`));
          assert.equal(ids.length, live.get(lane));
        }
      } finally {
        await spool.close();
        await rm(dir, { recursive: true });
      }
    }),
    { numRuns: 60 },
  );
});
