import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { eventually } from "../../sandbox/eventually.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { spoolMessage } from "../../test/support/spool_message.ts";
import { parseConfig } from "../../test/support/parse_config.ts";
import { systemClock } from "../lifecycle/clock.ts";
import { createMemoryOutbox } from "../outbox/memory_outbox.ts";
import { openSpool } from "../outbox/spool/open_spool.ts";
import { openOutboxSpool } from "./open_outbox_spool.ts";

const never = new AbortController().signal;

async function open(dir: string, more = "") {
  const memory = createMemoryOutbox({
    clock: systemClock,
    limit: 10,
    maxBytes: 2 ** 30,
    draining: () => true,
    onSettled: () => {},
  });
  const drops: string[] = [];
  const config = await parseConfig(
    `central_endpoint: nats://n:4222\noutbox: {spool_dir: ${JSON.stringify(dir)}${more}}\n`,
  );
  const spool = await openOutboxSpool({
    config,
    clock: systemClock,
    memory,
    maxWaitingBytes: 2 ** 20,
    countDrops: (kind, reason, count) => drops.push(`${kind} ${reason} ${count}`),
  }, never);
  assert.ok(spool !== null);
  return {
    spool,
    drops,
    async [Symbol.asyncDispose]() {
      await spool.service.run(AbortSignal.abort());
    },
  };
}

Deno.test("outbox spool: damage that is found at the start is counted, and told as a gap once somebody tells gaps", async () => {
  await using dir = await createTempDir("outbox-spool");
  const first = await openSpool({ dir: dir.file("spool"), maxBytes: 1e7, clock: systemClock, signal: never });
  await first.spool.append([1, 2, 3].map((n) => spoolMessage(n, "high", 100)));
  await first.spool.close();
  for await (const file of Deno.readDir(dir.file("spool"))) {
    if (!file.name.endsWith(".segment")) continue;
    const bytes = await Deno.readFile(dir.file("spool", file.name));
    bytes.set([0x58, 0x58], 250);
    await Deno.writeFile(dir.file("spool", file.name), bytes);
  }
  await using rig = await open(dir.file("spool"));
  assert.deepEqual(rig.drops, ["spooled damaged 1"]);
  assert.equal(rig.spool.status().records, 2);
  const gaps: string[] = [];
  rig.spool.tellGapsTo((reason, _fromMs, _toMs, lost) => gaps.push(`${reason} ${lost}`));
  assert.deepEqual(gaps, ["SpoolDamaged 1"]);
});

Deno.test("outbox spool: a folder that can't be used leaves the agent not ready, with what to do", async () => {
  await using dir = await createTempDir("outbox-spool");
  await mkdir(dir.file("parent"));
  await writeFile(dir.file("parent", "spool"), "a file where the folder should be");
  await using rig = await open(dir.file("parent", "spool"));
  const { ok, detail } = rig.spool.condition();
  assert.equal(ok, false);
  assert.match(detail, /^Cannot open the spool .*outbox\.spool_dir/);
});

Deno.test("outbox spool: a full one gives up the least severe and oldest, counts them, and tells them as a gap with their number", async () => {
  await using dir = await createTempDir("outbox-spool");
  await using rig = await open(dir.file("spool"), ", spool_max_bytes: 1Mi");
  const gaps: { reason: string; lost: number }[] = [];
  rig.spool.tellGapsTo((reason, _fromMs, _toMs, lost) => gaps.push({ reason, lost }));
  const stop = new AbortController();
  const run = rig.spool.service.run(stop.signal);
  const fates = new Map<string, string[]>();
  const put = async (lane: "low" | "high", first: number, count: number) => {
    for (let number = first; number < first + count; number++) {
      const fate = (settlement: { kind: string }) => fates.set(lane, [...fates.get(lane) ?? [], settlement.kind]);
      await rig.spool.writer.put({ ...spoolMessage(number, lane, 10_000), onSettled: fate }, never);
      await eventually("it is settled", () => fates.get(lane)?.length === number - first + 1);
    }
  };
  await put("low", 0, 60);
  await put("high", 1_000, 60);
  const lost = gaps.reduce((sum, gap) => sum + gap.lost, 0);
  assert.deepEqual(new Set(gaps.map(({ reason }) => reason)), new Set(["SpoolOverflow"]));
  assert.equal(rig.spool.status().records, 120 - lost);
  assert.ok(lost > 0 && lost <= 60, `${lost} of 60 low ones`);
  assert.deepEqual(new Set(fates.get("high")), new Set(["stored"]), "none that is more severe was turned away");
  assert.equal(rig.drops.reduce((sum, drop) => sum + Number(drop.split(" ")[2]), 0), lost);
  stop.abort();
  await run;
});
