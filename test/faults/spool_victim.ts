/**
 * A process to be killed: appends to the spool in the folder given, delivers some of it and acknowledges, as fast as it
 * can. Before anything is asked and after everything is confirmed it says so, a line each, to a file that outlives it:
 * `s <id>` stored, `a <id>` acknowledgement on disk, `r <id>` about to acknowledge.
 */
import { writeSync } from "node:fs";
import process from "node:process";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { openSpool } from "../../src/outbox/spool/open_spool.ts";
import { SPOOL_LANES } from "../../src/outbox/spool/spool_lane.ts";
import { spoolMessage } from "../support/spool_message.ts";

const dir = process.argv[2];
const first = Number(process.argv[3]);
if (dir === undefined || !Number.isInteger(first)) throw new Error("usage: spool_victim.ts FOLDER FIRST_NUMBER");

const { spool, fault } = await openSpool({
  dir,
  maxBytes: 1e9,
  segmentBytes: 64 * 1024,
  acknowledgeFlushMs: 5,
  clock: systemClock,
  signal: new AbortController().signal,
});
if (fault !== null) throw new Error(fault.message);
// A write to standard output goes into the kernel's hands at once and survives a SIGKILL.
const say = (mark: string, ids: readonly string[]) => {
  if (ids.length > 0) writeSync(1, ids.map((id) => `${mark} ${id}\n`).join(""));
};
say("open", ["0"]);

let number = first;
async function produce(): Promise<void> {
  while (true) {
    const lane = SPOOL_LANES[number % SPOOL_LANES.length]?.name ?? "low";
    const messages = Array.from({ length: 1 + number % 7 }, () => spoolMessage(number++, lane, 100 + number % 800));
    const outcome = await spool.append(messages);
    if (outcome.kind === "degraded") throw new Error(outcome.fault.message);
    say("s", messages.map(({ id }) => id));
  }
}
async function deliver(): Promise<void> {
  while (true) {
    const records = await spool.read({ maxRecords: 10, maxBytes: 1e6 });
    const ids = records.map(({ message }) => message.id);
    // Some are never acknowledged, so that segments stay and a part of them is done with.
    const done = records.filter(({ position }) => position.sequence % 5 !== 0);
    say("r", ids.filter((id) => done.some(({ message }) => message.id === id)));
    spool.acknowledge(done.map(({ position }) => position));
    await spool.flush();
    say("a", done.map(({ message }) => message.id));
  }
}
await Promise.all([produce(), produce(), produce(), deliver()]);
