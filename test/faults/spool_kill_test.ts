import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { openSpool } from "../../src/outbox/spool/open_spool.ts";
import { recordFaultRow } from "../../tasks/fault_report.ts";
import { spoolMessage } from "../support/spool_message.ts";
import { laneOf } from "../../src/outbox/spool/spool_lane.ts";

const VICTIM = fileURLToPath(new URL("./spool_victim.ts", import.meta.url));
const KILLS = Number(process.env.SPOOL_KILLS ?? 200);
/** Victims at a time: starting the runtime takes longer than the load. */
const PARALLEL = 2;

/** What all victims on one folder said, and what each message must look like. */
interface Ledger {
  readonly stored: Set<string>;
  readonly acknowledgeAsked: Set<string>;
  readonly acknowledged: Set<string>;
}

/** Runs a victim for `loadMs` after it opened the spool, kills it, and takes down what it had said. */
async function killOne(dir: string, first: number, loadMs: number, ledger: Ledger): Promise<void> {
  const child = spawn(Deno.execPath(), ["run", "-A", "--no-check", VICTIM, dir, String(first)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  // Every fourth while it starts and mends what the one before left; how long that takes depends on the machine.
  const early = Math.random() < 0.25;
  if (early) setTimeout(() => child.kill("SIGKILL"), 100 + 2 * loadMs);
  let said = "";
  let complaint = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (said === "" && !early) setTimeout(() => child.kill("SIGKILL"), loadMs);
    said += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => complaint += text);
  const [, signal] = await once(child, "close");
  assert.equal(signal, "SIGKILL", `the victim ended by itself: ${complaint}`);
  // The last line may be cut.
  for (const line of said.slice(0, said.lastIndexOf("\n") + 1).split("\n")) {
    const [mark, id] = line.split(" ");
    if (id === undefined) continue;
    if (mark === "s") ledger.stored.add(id);
    if (mark === "r") ledger.acknowledgeAsked.add(id);
    if (mark === "a") ledger.acknowledged.add(id);
  }
}

/** Opens what was left and compares it with what was said. Returns how many records were compared. */
async function inspect(dir: string, ledger: Ledger): Promise<number> {
  const { spool, fault, recovered } = await openSpool({
    dir,
    maxBytes: 1e9,
    clock: systemClock,
    signal: new AbortController().signal,
  });
  try {
    assert.equal(fault, null);
    assert.equal(recovered.damaged, 0, "a kill may tear an end, never damage a middle");
    const seen = new Set<string>();
    let previous = 0;
    while (true) {
      const records = await spool.read({ maxRecords: 1_000, maxBytes: 1e7 });
      if (records.length === 0) break;
      for (const { message, position } of records) {
        const number = Number(message.id.slice("id-".length));
        const intact = spoolMessage(number, laneOf(message), message.body.length);
        assert.deepEqual({ ...message, body: [...message.body] }, { ...intact, body: [...intact.body] });
        assert.ok(position.sequence > previous, "out of order");
        assert.equal(seen.has(message.id), false, `${message.id} twice`);
        assert.equal(ledger.acknowledged.has(message.id), false, `${message.id} came back after its acknowledgement`);
        previous = position.sequence;
        seen.add(message.id);
      }
    }
    const missing = [...ledger.stored].filter((id) => !seen.has(id) && !ledger.acknowledgeAsked.has(id));
    assert.deepEqual(missing, [], "confirmed as stored, then gone");
    return seen.size;
  } finally {
    await spool.close();
  }
}

Deno.test(`spool: SIGKILL at ${KILLS} random moments loses nothing confirmed and delivers nothing corrupt`, async () => {
  const startMs = performance.now();
  let kills = 0;
  let compared = 0;
  let stored = 0;
  const lanes = Array.from({ length: PARALLEL }, async () => {
    while (kills < KILLS) {
      const dir = await mkdtemp(join(tmpdir(), "spool-kill-"));
      const ledger: Ledger = {
        stored: new Set(),
        acknowledgeAsked: new Set(),
        acknowledged: new Set(),
      };
      try {
        // Several kills on one folder: what one victim leaves is what the next starts from.
        for (let round = 0; round < 5 && kills < KILLS; round++) {
          kills++;
          await killOne(dir, round * 1_000_000, Math.random() * 120, ledger);
          compared += await inspect(dir, ledger);
        }
        stored += ledger.stored.size;
      } finally {
        await rm(dir, { recursive: true });
      }
    }
  });
  await Promise.all(lanes);
  assert.ok(compared > KILLS, "the victims stored next to nothing: the test shows nothing");
  // `inspect` has failed by now if anything was missing or came twice.
  const nothing = { lost: 0, told: 0, repeatedSameId: 0, repeatedOtherId: 0 };
  const scenario = `spool alone: SIGKILL at ${KILLS} random moments under load, confirmed records`;
  const seconds = (performance.now() - startMs) / 1000;
  await recordFaultRow({ scenario, api: "-", eventsIn: stored, reported: stored, ...nothing, seconds });
});
