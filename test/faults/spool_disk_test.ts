import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { openSpool } from "../../src/outbox/spool/open_spool.ts";
import type { SpoolMessage, SpoolRecord } from "../../src/outbox/spool/spool.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { openSandboxFaultApi } from "../support/fault_api.ts";
import { canMountSmallDisk, mountSmallDisk, type SmallDisk } from "../support/small_disk.ts";
import { spoolMessage } from "../support/spool_message.ts";
import { makeMarkers, playScenario, type Scenario } from "./scenario/scenario.ts";

const ALL = { maxRecords: 1e6, maxBytes: 1e9 };
const ids = (records: readonly SpoolRecord[]) => records.map(({ message }) => message.id);

const ignore = !await canMountSmallDisk();
if (ignore) {
  process.stderr.write("SKIPPED: full and read-only disk tests of the spool need the right to mount a tmpfs\n");
}

const open = (dir: string) =>
  openSpool({ dir: join(dir, "spool"), maxBytes: 1e8, clock: systemClock, signal: new AbortController().signal });

Deno.test({
  name: "spool: a full disk degrades with words, loses nothing confirmed, and is used again when there is room",
  ignore,
  fn: async () => {
    await using disk = await mountSmallDisk();
    assert.ok(disk !== null);
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
  },
});

Deno.test({
  name: "spool: a disk filled by somebody else at the start degrades, and the spool opens when there is room",
  ignore,
  fn: async () => {
    await using disk = await mountSmallDisk();
    assert.ok(disk !== null);
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
  },
});

Deno.test({
  name: "spool: a disk that turns read-only degrades and still delivers; writable again, it takes messages",
  ignore,
  fn: async () => {
    await using disk = await mountSmallDisk();
    assert.ok(disk !== null);
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
  },
});

/** The spool's folder on the small disk, filled by somebody else. */
async function fillDisk(dir: string): Promise<void> {
  await writeFile(join(dir, "filler"), new Uint8Array(2 ** 21)).catch(() => undefined);
}

interface DiskTrouble {
  readonly name: string;
  /** When it begins: a disk can't be made read-only while a file on it is written. */
  readonly from: "the start" | "the burst";
  readonly begin: (disk: SmallDisk) => Promise<unknown>;
  readonly words: RegExp;
  readonly end: (disk: SmallDisk) => Promise<unknown>;
}

const TROUBLES: readonly DiskTrouble[] = [
  {
    name: "full",
    from: "the burst",
    begin: ({ dir }) => fillDisk(dir),
    words: /^spool: .*the disk is full/m,
    end: ({ dir }) => rm(join(dir, "filler")),
  },
  {
    name: "read-only",
    from: "the start",
    begin: (disk) => disk.remount("ro"),
    words: /^spool: .*read-only/m,
    end: (disk) => disk.remount("rw"),
  },
];

for (const { name, from, begin, words, end } of TROUBLES) {
  Deno.test({ name: `faults: the spool's disk is ${name} from ${from} on, then is mended`, ignore }, async () => {
    await using disk = await mountSmallDisk();
    assert.ok(disk !== null);
    const scenario: Scenario = {
      name: `the spool's disk is ${name} from ${from} on, then is mended`,
      api: "sandbox",
      options: {
        delivery: "jetstream",
        config: {
          outbox: { spool_dir: join(disk.dir, "spool"), spool_max_bytes: "1Mi" },
          state: { kind: "file", path: "{dir}/state/checkpoint.json" },
        },
      },
      async run(rig) {
        if (from === "the start") await begin(disk);
        await rig.startAgent("watching");
        const markers = makeMarkers("disk", 900);
        await rig.api.makeEvents(markers.slice(0, 300));
        if (from === "the burst") await begin(disk);
        await rig.api.makeEvents(markers.slice(300, 600));
        await rig.says(words);
        await end(disk);
        await rig.api.makeEvents(markers.slice(600));
        await eventually("the spool is used again", async () => {
          await rig.api.makeEvents(makeMarkers("poke", 1)); // the disk is tried as messages come
          return (await rig.status()).problems.length === 0;
        }, 40_000);
        return markers;
      },
    };
    await using api = await openSandboxFaultApi();
    await playScenario(scenario, api);
  });
}
