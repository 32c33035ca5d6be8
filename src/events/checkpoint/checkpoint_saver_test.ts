import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createMovableClock } from "../../../test/support/pipeline_rig.ts";
import { eventually } from "../../../sandbox/eventually.ts";
import { createTempDir } from "../../../sandbox/temp_dir.ts";
import { createFileStore } from "../../state/file_store.ts";
import type { EventCheckpoint } from "../event_checkpoint.ts";
import { createCheckpointSaver } from "./checkpoint_saver.ts";
import { readCheckpoint } from "./read_checkpoint.ts";

const never = new AbortController().signal;

/** A checkpoint in which these Events were reported, in this order. */
function checkpoint(version: string, ...reported: readonly string[]): EventCheckpoint {
  const state = { atMs: 1, severity: "high", uid: "u", count: 1, lastSeenMs: 1 } as const;
  return {
    savedAtMs: 1,
    versions: { "/api/v1/events": version },
    reported: reported.map((each) => [each, { ...state, resourceVersion: each }]),
  };
}

interface SaverRig extends AsyncDisposable {
  current: EventCheckpoint;
  saved(): Promise<EventCheckpoint | null>;
  stop(): Promise<void>;
}

/** A saver at work on a file; what it finds when it looks is `current`. */
async function startSaver(first: EventCheckpoint): Promise<SaverRig> {
  const dir = await createTempDir();
  const store = createFileStore({ path: dir.file("state", "c"), clusterId: "prod" });
  const end = new AbortController();
  const rig: SaverRig = {
    current: first,
    saved: () => readCheckpoint(store, never),
    stop: async () => {
      end.abort();
      await run;
    },
    async [Symbol.asyncDispose]() {
      await rig.stop();
      await dir[Symbol.asyncDispose]();
    },
  };
  const run = createCheckpointSaver({ store, clock: createMovableClock(), capture: () => rig.current }).run(end.signal);
  return rig;
}

const savedAs = (rig: SaverRig, want: EventCheckpoint) =>
  eventually("it is saved", async () => {
    assert.deepEqual(await rig.saved(), want);
    return true;
  }, 2_000);

const MOVES: readonly { readonly name: string; readonly given: EventCheckpoint }[] = [
  { name: "the version moved on", given: checkpoint("8", "a", "b") },
  { name: "a newer report is safe", given: checkpoint("7", "a", "b", "c") },
  { name: "an older report is safe now, while an even older one still waits", given: checkpoint("7", "a", "a2", "b") },
];

for (const { name, given } of MOVES) {
  Deno.test(`checkpoint saver: it saves when ${name}`, async () => {
    await using rig = await startSaver(checkpoint("7", "a", "b"));
    await savedAs(rig, rig.current);
    rig.current = given;
    await savedAs(rig, given);
  });
}

Deno.test("checkpoint saver: the last state is saved at the end", async () => {
  await using rig = await startSaver(checkpoint("7"));
  await savedAs(rig, rig.current);
  rig.current = checkpoint("9", "z");
  await rig.stop();
  assert.deepEqual(await rig.saved(), rig.current);
});

Deno.test("checkpoint saver: a store that fails is tried again and stops nothing", async () => {
  const dir = await createTempDir();
  await writeFile(dir.file("state"), "in the way"); // a file where the folder is to be
  const store = createFileStore({ path: dir.file("state", "c"), clusterId: "prod" });
  const end = new AbortController();
  let looks = 0;
  const capture = () => {
    looks++;
    return checkpoint("7");
  };
  const saver = createCheckpointSaver({ store, clock: createMovableClock(), capture });
  const run = saver.run(end.signal);
  await eventually("it was tried more than once", () => looks > 2);
  assert.match(saver.trouble() ?? "", /^Cannot write .*; make the folder .*, or choose another state\.path$/);
  await dir[Symbol.asyncDispose]();
  await eventually("it is saved", async () => await readCheckpoint(store, never) !== null);
  await eventually("the trouble is over", () => saver.trouble() === null);
  end.abort();
  await run;
  await dir[Symbol.asyncDispose]();
});
