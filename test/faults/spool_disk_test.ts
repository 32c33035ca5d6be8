import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { openSpool } from "../../src/outbox/spool/open_spool.ts";
import type { SpoolMessage, SpoolRecord } from "../../src/outbox/spool/spool.ts";
import { eventually } from "../support/eventually.ts";
import { spoolMessage } from "../support/spool_message.ts";

const run = promisify(execFile);
const ALL = { maxRecords: 1e6, maxBytes: 1e9 };
const ids = (records: readonly SpoolRecord[]) => records.map(({ message }) => message.id);

/** A file system of one megabyte, or null where this user may not make one. */
async function mountSmallDisk(): Promise<
  { dir: string; remount: (how: "ro" | "rw") => Promise<void>; unmount: () => Promise<void> } | null
> {
  if (process.getuid?.() !== 0) return null;
  const dir = await mkdtemp(join(tmpdir(), "spool-disk-"));
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", dir]);
  } catch {
    await rm(dir, { recursive: true });
    return null;
  }
  return {
    dir,
    remount: async (how) => void await run("mount", ["-o", `remount,${how},size=1m`, dir]),
    unmount: async () => {
      await run("umount", [dir]);
      await rm(dir, { recursive: true });
    },
  };
}

const probe = await mountSmallDisk();
await probe?.unmount();
const ignore = probe === null;
if (ignore) {
  process.stderr.write("SKIPPED: full and read-only disk tests of the spool need the right to mount a tmpfs\n");
}

const open = (dir: string) =>
  openSpool({ dir: join(dir, "spool"), maxBytes: 1e8, clock: systemClock, signal: new AbortController().signal });

Deno.test({
  name: "spool: a full disk degrades with words, loses nothing confirmed, and is used again when there is room",
  ignore,
  fn: async () => {
    const disk = await mountSmallDisk();
    assert.ok(disk !== null);
    try {
      const { spool } = await open(disk.dir);
      const stored: SpoolMessage[] = [];
      let refusal = "";
      for (let number = 0; refusal === ""; number += 10) {
        const messages = Array.from({ length: 10 }, (_, n) => spoolMessage(number + n, "high", 3_000));
        const outcome = await spool.append(messages);
        if (outcome.kind === "stored") stored.push(...messages);
        else refusal = outcome.fault.message;
      }
      assert.match(refusal, /the disk is full \(ENOSPC\); free space, or lower outbox\.spool_max_bytes$/);
      assert.ok(stored.length > 100);
      assert.equal(spool.status().fault?.code, "ENOSPC");

      const records = await spool.read(ALL);
      assert.deepEqual(ids(records), stored.map(({ id }) => id));
      spool.acknowledge(records.slice(0, 200).map(({ position }) => position));
      const late = spoolMessage(9_999, "critical", 3_000);
      await eventually("room is used", async () => (await spool.append([late])).kind === "stored");
      assert.equal(spool.status().fault, null);
      await spool.close();

      const again = await open(disk.dir);
      assert.equal(again.recovered.damaged, 0);
      assert.deepEqual(ids(await again.spool.read(ALL)), [...stored.slice(200).map(({ id }) => id), late.id]);
      await again.spool.close();
    } finally {
      await disk.unmount();
    }
  },
});

Deno.test({
  name: "spool: a disk filled by somebody else at the start degrades, and the spool opens when there is room",
  ignore,
  fn: async () => {
    const disk = await mountSmallDisk();
    assert.ok(disk !== null);
    try {
      const filler = join(disk.dir, "filler");
      await writeFile(filler, new Uint8Array(2 ** 21)).catch(() => undefined);
      const { spool, fault } = await open(disk.dir);
      assert.equal(fault?.code, "ENOSPC");
      assert.equal((await spool.append([spoolMessage(1, "low", 10)])).kind, "degraded");
      await rm(filler);
      await eventually(
        "the spool opens",
        async () => (await spool.append([spoolMessage(2, "low", 10)])).kind === "stored",
      );
      await spool.close();
    } finally {
      await disk.unmount();
    }
  },
});

Deno.test({
  name: "spool: a disk that turns read-only degrades and still delivers; writable again, it takes messages",
  ignore,
  fn: async () => {
    const disk = await mountSmallDisk();
    assert.ok(disk !== null);
    try {
      const first = await open(disk.dir);
      await first.spool.append([spoolMessage(1, "low", 10)]);
      await first.spool.close();
      await disk.remount("ro");
      const { spool, fault } = await open(disk.dir);
      assert.equal(fault?.code, "EROFS");
      assert.match(fault?.message ?? "", /read-only/);
      assert.equal((await spool.append([spoolMessage(2, "low", 10)])).kind, "degraded");
      await disk.remount("rw");
      await eventually(
        "the spool opens",
        async () => (await spool.append([spoolMessage(3, "low", 10)])).kind === "stored",
      );
      assert.deepEqual(ids(await spool.read(ALL)), ["id-1", "id-3"]);
      await spool.close();
    } finally {
      await disk.unmount();
    }
  },
});
