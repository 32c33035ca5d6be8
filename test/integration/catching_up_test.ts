import assert from "node:assert/strict";
import type { EventPipelineOptions } from "../../src/events/create_event_pipeline.ts";
import { type SandboxApi, startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { createMovableClock, type EventRig, MINUTE_MS, putFault, startEventRig } from "../support/pipeline_rig.ts";

const FAULTS = 300;
const GIVEN: Partial<EventPipelineOptions> = { backlog: { kind: "all" } };

/** Brings the Events of all pods to a count. */
function putCount(api: SandboxApi, count: number, from = 0): void {
  for (let pod = from; pod < FAULTS; pod++) putFault(api, { pod: `p${pod}`, count });
}

/** `p7 4 <id>` for each report, sorted. */
const toldBy = (rig: EventRig) =>
  rig.reported().map(({ id, labels, raw_data }) => `${labels.name} ${raw_data.count} ${id}`).sort();

interface Row {
  readonly name: string;
  /** What happens before the restart, when everything has been read up to there. */
  readonly before: (api: SandboxApi) => void;
  /** What happens while no agent runs. */
  readonly away: (api: SandboxApi) => void;
  /** The checkpoint that the agent starts from was written before `before`. */
  readonly oldCheckpoint?: boolean;
  /** All windows are over when it comes back. */
  readonly windowsEnd?: boolean;
  readonly bookmarkMs?: null;
}

const ROWS: readonly Row[] = [
  {
    name: "three more counts came while it was away, and every window ended",
    before: () => {},
    away: (api) => {
      for (const count of [2, 3, 4]) putCount(api, count);
    },
    windowsEnd: true,
  },
  {
    name: "it was killed between the counts, and every window ended",
    before: (api) => {
      putCount(api, 2);
      putCount(api, 3, FAULTS / 2);
    },
    away: (api) => {
      for (const count of [3, 4]) putCount(api, count);
    },
    windowsEnd: true,
  },
  {
    name: "its checkpoint is older than what it held, and it is back before the windows end",
    before: (api) => {
      for (const count of [2, 3]) putCount(api, count);
    },
    away: (api) => putCount(api, 4),
    oldCheckpoint: true,
  },
  {
    name: "the server sends no bookmarks",
    before: () => {},
    away: (api) => {
      for (const count of [2, 3, 4]) putCount(api, count);
      api.store.put("configmaps", { metadata: { name: "later", namespace: "shop" } }); // the server's version moves on
    },
    windowsEnd: true,
    bookmarkMs: null,
  },
];

for (const { name, before, away, windowsEnd = false, oldCheckpoint = false, bookmarkMs } of ROWS) {
  Deno.test(`catching up: a restart tells the very messages of a run without it: ${name}`, async () => {
    await using api = await startSandboxApi(bookmarkMs === null ? { bookmarkMs } : {});
    const clock = createMovableClock();
    await using undisturbed = await startEventRig(api, clock, GIVEN);
    const first = await startEventRig(api, clock, GIVEN);
    putCount(api, 1);
    for (const rig of [undisturbed, first]) {
      await eventually("the first reports", () => rig.reported().length === FAULTS);
      rig.acknowledge();
    }
    const old = first.pipeline.capture();
    before(api);
    await undisturbed.caughtUp();
    await first.caughtUp();
    const checkpoint = oldCheckpoint ? old : first.pipeline.capture();
    const told = toldBy(first);
    await first[Symbol.asyncDispose]();
    away(api);
    await undisturbed.caughtUp();
    if (windowsEnd) clock.advance(2 * MINUTE_MS);

    await using second = await startEventRig(api, clock, { ...GIVEN, checkpoint });
    await second.watching();
    if (bookmarkMs !== null) await second.caughtUp();
    clock.advance(2 * MINUTE_MS);
    await eventually(
      "every last count is told",
      () => undisturbed.reported().length >= 2 * FAULTS && second.reported().length >= FAULTS,
    );
    assert.deepEqual([...told, ...toldBy(second)].sort(), toldBy(undisturbed));
    assert.equal(toldBy(undisturbed).length, 2 * FAULTS);
  });
}

Deno.test("catching up: a fault that is new is told at once, before the watch has caught up", async () => {
  await using api = await startSandboxApi({ bookmarkMs: null });
  const clock = createMovableClock();
  const first = await startEventRig(api, clock, GIVEN);
  await first.watching();
  await first.caughtUp();
  const checkpoint = first.pipeline.capture();
  await first[Symbol.asyncDispose]();
  putFault(api, { pod: "new" });
  api.store.put("configmaps", { metadata: { name: "later", namespace: "shop" } });
  await using second = await startEventRig(api, { ...clock, sleep: (_delayMs, signal) => clock.sleep(1e9, signal) }, {
    ...GIVEN,
    checkpoint,
  });
  await second.report("the new fault", ({ labels }) => labels.name === "new");
});
