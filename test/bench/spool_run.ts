/**
 * What the spool costs by itself, in a process of its own. Its argument is how many records, its answer `SpoolFigures`.
 * The baselines write the same bytes in the same run with nothing around them, so that a slow disk shows as such. Each
 * message is one call of `append`; `outstanding` of them wait for the disk at a time, as they do behind a watch.
 */
import { Buffer } from "node:buffer";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { openSpool } from "../../src/outbox/spool/open_spool.ts";
import { SPOOL_LANES } from "../../src/outbox/spool/spool_lane.ts";
import { spoolMessage } from "../support/spool_message.ts";
import type { SpoolFigures, SpoolRow } from "./spool_figures.ts";

const RECORDS = Number(process.argv[2]);
const BODY_BYTES = 700;
const EVENT_LANES = SPOOL_LANES.filter(({ kind }) => kind === "event").map(({ name }) => name);

async function measure(records: number, work: () => Promise<void>): Promise<SpoolRow> {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  await work();
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    recordsPerSecond: Math.round(records / seconds),
    cpuMicrosPerRecord: Math.round((user + system) / records * 10) / 10,
  };
}

/** A file, and as many bytes as the spool writes, `group` records a write. */
function plainAppend(dir: string, group: number, sync: boolean): () => Promise<void> {
  return async () => {
    const file = await open(join(dir, `plain-${group}-${sync}`), "wx", 0o600);
    const bytes = Buffer.alloc((BODY_BYTES + 60) * group, 0x61);
    for (let written = 0; written < RECORDS; written += group) {
      await file.write(bytes);
      if (sync) await file.datasync();
    }
    await file.close();
  };
}

/** Everything a message goes through: append, read, acknowledge, and the removal of the segments. */
function throughSpool(dir: string, outstanding: number, sync: boolean): () => Promise<void> {
  const messages = Array.from(
    { length: 1_000 },
    (_, n) => spoolMessage(n, EVENT_LANES[n % EVENT_LANES.length] ?? "low", BODY_BYTES),
  );
  return async () => {
    const { spool } = await openSpool({
      dir: join(dir, `spool-${outstanding}-${sync}`),
      maxBytes: 256 * 1024 * 1024,
      sync,
      clock: systemClock,
      signal: new AbortController().signal,
    });
    let sent = 0;
    let delivered = 0;
    const producers = Array.from({ length: outstanding }, async () => {
      while (sent < RECORDS) {
        const message = messages[sent++ % messages.length];
        if (message === undefined) return;
        const outcome = await spool.append([message]);
        if (outcome.kind !== "stored") throw new Error(outcome.fault.message);
      }
    });
    const consumer = async () => {
      while (delivered < RECORDS) {
        const records = await spool.read({ maxRecords: 512, maxBytes: 1e6 });
        delivered += records.length;
        spool.acknowledge(records.map(({ position }) => position));
        // Nothing there: stand in line behind the write that is under way.
        if (records.length === 0) await spool.flush();
      }
    };
    await Promise.all([...producers, consumer()]);
    await spool.close();
  };
}

/** Read back after a restart, in order, from cold memory. */
async function reopen(dir: string): Promise<{ openMs: number } & SpoolRow> {
  const options = {
    dir: join(dir, "reopen"),
    maxBytes: 256 * 1024 * 1024,
    sync: false,
    clock: systemClock,
    signal: new AbortController().signal,
  };
  const first = await openSpool(options);
  for (let n = 0; n < RECORDS; n += 1_000) {
    await first.spool.append(
      Array.from({ length: 1_000 }, (_, k) => spoolMessage(k, EVENT_LANES[k % 4] ?? "low", BODY_BYTES)),
    );
  }
  await first.spool.close();
  const startMs = performance.now();
  const { spool } = await openSpool(options);
  const openMs = Math.round(performance.now() - startMs);
  const figures = await measure(RECORDS, async () => {
    while ((await spool.read({ maxRecords: 512, maxBytes: 1e6 })).length > 0);
  });
  await spool.close();
  return { openMs, ...figures };
}

const dir = await mkdtemp(join(tmpdir(), "spool-bench-"));
try {
  // The first run warms the code up and is thrown away.
  await throughSpool(dir, 255, false)();
  const figures: SpoolFigures = {
    rows: {
      "plain append, 64 a write": await measure(RECORDS, plainAppend(dir, 64, false)),
      "plain append, 64 a write, synced": await measure(RECORDS, plainAppend(dir, 64, true)),
      "64 outstanding": await measure(RECORDS, throughSpool(dir, 64, true)),
      "256 outstanding": await measure(RECORDS, throughSpool(dir, 256, true)),
      "256 outstanding, not synced": await measure(RECORDS, throughSpool(dir, 256, false)),
    },
    restart: await reopen(dir),
  };
  process.stdout.write(JSON.stringify(figures) + "\n");
} finally {
  await rm(dir, { recursive: true });
}
