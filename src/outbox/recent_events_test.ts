import assert from "node:assert/strict";
import { gapEvent } from "../../src/events/gap.ts";
import { createRecentEvents } from "./recent_events.ts";

const numbered = (lost: number) => gapEvent("prod", { reason: "OutboxOverflow", fromMs: 0, toMs: 0, lost }, 0);

for (const { noted, want } of [{ noted: 0, want: [] }, { noted: 2, want: [2, 1] }, { noted: 7, want: [7, 6, 5] }]) {
  Deno.test(`recent events: of ${noted}, the newest three are kept, newest first`, () => {
    const recent = createRecentEvents(3);
    for (let number = 1; number <= noted; number++) recent.note(numbered(number));
    assert.deepEqual(recent.newest().map(({ raw_data }) => raw_data.count), want);
  });
}
