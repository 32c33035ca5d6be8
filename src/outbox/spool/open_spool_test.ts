import assert from "node:assert/strict";
import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { eventually } from "../../../sandbox/eventually.ts";
import { spoolMessage } from "../../../test/support/spool_message.ts";
import { systemClock } from "../../lifecycle/clock.ts";
import { AgentError } from "../../lifecycle/errors.ts";
import type { DiskSpoolOptions } from "./disk_spool.ts";
import { openSpool } from "./open_spool.ts";
import { encodeSegmentHeader } from "./segment_header.ts";
import { acknowledgedFileOf } from "./segment_name.ts";
import type { SpoolFault } from "./spool.ts";

const ALL = { maxRecords: 1e6, maxBytes: 1e9 };

async function withFolder(use: (dir: string) => Promise<void>): Promise<void> {
  const parent = await mkdtemp(join(tmpdir(), "spool-open-"));
  try {
    await use(join(parent, "spool"));
  } finally {
    await rm(parent, { recursive: true });
  }
}

const options = (dir: string, more: Partial<DiskSpoolOptions> = {}): DiskSpoolOptions => ({
  dir,
  maxBytes: 1e7,
  clock: systemClock,
  signal: new AbortController().signal,
  ...more,
});
const ids = (records: readonly { message: { id: string } }[]) => records.map(({ message }) => message.id);
const segmentsIn = async (dir: string) => (await readdir(dir)).filter((name) => name.endsWith(".segment"));

Deno.test("spool: folder and files are the owner's alone, and a clean end of delivered messages leaves nothing", async () => {
  await withFolder(async (dir) => {
    const { spool } = await openSpool(options(dir));
    const outcome = await spool.append([spoolMessage(1, "high", 100)]);
    assert.equal((await stat(dir)).mode & 0o777, 0o700);
    for (const file of await readdir(dir)) assert.equal((await stat(join(dir, file))).mode & 0o777, 0o600, file);
    assert.ok(outcome.kind === "stored");
    spool.acknowledge(outcome.positions.filter((position) => position !== null));
    await spool.close();
    assert.deepEqual(await readdir(dir), []);
  });
});

Deno.test("spool: calls that come together share one write and keep their order", async () => {
  await withFolder(async (dir) => {
    const { spool } = await openSpool(options(dir));
    const outcomes = await Promise.all(
      [1, 2, 3].map((n) => spool.append([spoolMessage(n, n === 2 ? "low" : "high", 10)])),
    );
    assert.deepEqual(outcomes.map((outcome) => outcome.kind === "stored" && outcome.positions[0]?.sequence), [1, 2, 3]);
    assert.deepEqual(ids(await spool.read(ALL)), ["id-1", "id-2", "id-3"]);
    assert.deepEqual(await spool.read(ALL), []);
    await spool.close();
    assert.equal((await spool.append([spoolMessage(4, "low", 1)])).kind, "degraded");
  });
});

Deno.test("spool: a record that was acknowledged while it was next in line is not delivered", async () => {
  await withFolder(async (dir) => {
    const { spool } = await openSpool(options(dir));
    await spool.append([spoolMessage(1, "low", 10), spoolMessage(2, "high", 10), spoolMessage(3, "high", 10)]);
    const records = await spool.read(ALL);
    spool.rewind();
    assert.deepEqual(ids(await spool.read({ maxRecords: 1, maxBytes: 1 })), ["id-1"]);
    spool.acknowledge(records.slice(0, 2).map(({ position }) => position));
    assert.deepEqual(ids(await spool.read(ALL)), ["id-3"]);
    await spool.close();
  });
});

Deno.test("spool: foreign files stay, another version and an unreadable segment are set aside", async () => {
  await withFolder(async (dir) => {
    await mkdir(dir);
    await writeFile(join(dir, "README"), "mine");
    await writeFile(join(dir, "low-000000000000001-00000001.segment"), encodeSegmentHeader(2));
    await writeFile(join(dir, "low-000000000000002-00000001.segment"), "no segment, though it is called one");
    await writeFile(join(dir, "low-000000000000003-00000001.segment.acknowledged"), "orphan");
    const { spool, recovered } = await openSpool(options(dir));
    assert.deepEqual(recovered, { records: 0, damaged: 0, tornBytes: 0, setAside: 2 });
    await spool.close();
    const left = await readdir(dir);
    assert.equal(left.filter((name) => name.includes(".set-aside-")).length, 2);
    assert.equal(left.includes("README"), true);
    assert.equal(left.length, 3);
  });
});

Deno.test("spool: records lost to damage while it runs are told, the rest is delivered", async () => {
  await withFolder(async (dir) => {
    let damaged = 0;
    const first = await openSpool(options(dir));
    await first.spool.append([1, 2, 3].map((n) => spoolMessage(n, "high", 100)));
    await first.spool.close();
    const { spool } = await openSpool(options(dir, { onDamaged: (records) => damaged += records }));
    const [file] = await segmentsIn(dir);
    assert.ok(file !== undefined);
    const handle = await open(join(dir, file), "r+");
    await handle.write("XX", 250);
    await handle.close();
    assert.deepEqual(ids(await spool.read(ALL)), ["id-1", "id-3"]);
    assert.equal(damaged, 1);
    await spool.close();
  });
});

Deno.test("spool: a message larger than a quarter of the spool is refused without harm to the others", async () => {
  await withFolder(async (dir) => {
    const { spool } = await openSpool(options(dir, { maxBytes: 100_000 }));
    await spool.append([spoolMessage(1, "low", 100)]);
    const outcome = await spool.append([spoolMessage(2, "critical", 30_000), spoolMessage(3, "low", 10)]);
    assert.ok(outcome.kind === "stored");
    assert.equal(outcome.positions[0], null);
    assert.deepEqual(outcome.evictions.map(({ reason, severity, records }) => ({ reason, severity, records })), [
      { reason: "too_large", severity: "critical", records: 1 },
    ]);
    assert.deepEqual(ids(await spool.read(ALL)), ["id-1", "id-3"]);
    await spool.close();
  });
});

Deno.test("spool: a folder that cannot be made degrades, and works once it can", async () => {
  await withFolder(async (dir) => {
    await writeFile(dir, "a file in the way");
    const faults: (SpoolFault | null)[] = [];
    let recovered = -1;
    const opened = await openSpool(options(dir, {
      onFault: (fault) => faults.push(fault),
      onRecovered: (found) => recovered = found.records,
    }));
    assert.match(opened.fault?.message ?? "", /^Cannot open the spool .*outbox\.spool_dir/);
    assert.equal((await opened.spool.append([spoolMessage(1, "low", 1)])).kind, "degraded");
    await rename(dir, `${dir}.away`);
    await eventually(
      "the spool is tried again",
      async () => (await opened.spool.append([spoolMessage(2, "low", 1)])).kind === "stored",
    );
    assert.equal(recovered, 0);
    assert.equal(faults.at(-1), null);
    assert.equal(opened.spool.status().fault, null);
    await opened.spool.close();
  });
});

Deno.test("spool: a second spool on the same folder is refused by name", async () => {
  await withFolder(async (dir) => {
    const { spool } = await openSpool(options(dir));
    await assert.rejects(
      openSpool(options(dir)),
      (error) =>
        error instanceof AgentError && error.kind === "bad_configuration" &&
        error.message.includes(`process ${process.pid} on ${hostname()}`),
    );
    await spool.close();
  });
});

const lockOf = (pid: number, host = hostname()) =>
  JSON.stringify({ pid, host, token: crypto.randomUUID(), since: new Date().toISOString() }) + "\n";
const DEAD_PID = 4_194_300; // above what any Linux hands out by default

for (
  const { name, given } of [
    { name: "of a dead process", given: () => lockOf(DEAD_PID) },
    { name: "of the container before this one", given: () => lockOf(process.pid) },
  ]
) {
  Deno.test(`spool lock: one ${name} is taken over at once`, async () => {
    await withFolder(async (dir) => {
      await mkdir(dir);
      await writeFile(join(dir, "lock"), given());
      const startMs = performance.now();
      const { spool } = await openSpool(options(dir));
      assert.ok(performance.now() - startMs < 2_000);
      await spool.close();
    });
  });
}

Deno.test("spool lock: one from another machine is refused while its owner touches it, and taken over when it falls silent", async () => {
  await withFolder(async (dir) => {
    await mkdir(dir);
    const lock = join(dir, "lock");
    await writeFile(lock, lockOf(1, "another-machine"));
    let beat = 0;
    const owner = setInterval(() => utimes(lock, ++beat, beat), 300);
    await assert.rejects(openSpool(options(dir)), /process 1 on another-machine/);
    clearInterval(owner);
    const { spool, fault } = await openSpool(options(dir));
    assert.equal(fault, null);
    await spool.close();
  });
});

Deno.test("spool lock: an owner whose lock was taken stops writing", async () => {
  await withFolder(async (dir) => {
    const { spool } = await openSpool(options(dir));
    await spool.append([spoolMessage(1, "low", 10)]);
    await writeFile(join(dir, "lock"), lockOf(1, "another-machine"));
    await eventually("the loss is noticed", () => spool.status().fault?.code === "ELOCKLOST");
    assert.equal((await spool.append([spoolMessage(2, "low", 10)])).kind, "degraded");
    assert.deepEqual(await spool.read(ALL), []);
    await spool.close();
    assert.equal((await segmentsIn(dir)).length, 1);
  });
});

Deno.test("spool: symbolic links under the names of its files are set aside, and nothing is written through them", async () => {
  await withFolder(async (dir) => {
    const secret = `${dir}.secret`;
    await writeFile(secret, "do not touch");
    const first = await openSpool(options(dir));
    await first.spool.append([spoolMessage(1, "high", 10)]);
    await first.spool.close();
    const [segment = ""] = await segmentsIn(dir);
    await symlink(secret, join(dir, acknowledgedFileOf(segment)));
    await symlink(secret, join(dir, segment.replace("000000000000001", "000000000000007")));
    const { spool, recovered, fault } = await openSpool(options(dir));
    assert.equal(fault, null);
    assert.deepEqual([recovered.records, recovered.setAside], [1, 1]);
    const records = await spool.read(ALL);
    assert.deepEqual(ids(records), ["id-1"]);
    spool.acknowledge(records.map(({ position }) => position));
    await spool.close();
    assert.equal(await readFile(secret, "utf8"), "do not touch");
    await rm(secret);
  });
});
