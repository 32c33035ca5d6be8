import assert from "node:assert/strict";
import { type LaneLoad, type LaneLoss, planRoom } from "./plan_room.ts";
import type { LaneName } from "./spool_lane.ts";

interface Row {
  readonly name: string;
  readonly given: Partial<Record<LaneName, { readonly held?: number[]; readonly incoming?: number[] }>>;
  readonly freeBytes: number;
  readonly want: Partial<Record<LaneName, LaneLoss>>;
}

const rows: Row[] = [
  { name: "what fits costs nothing", given: { low: { held: [100], incoming: [10] } }, freeBytes: 10, want: {} },
  {
    name: "the oldest low segment goes for a critical message",
    given: { low: { held: [100, 100] }, critical: { held: [100], incoming: [50] } },
    freeBytes: 0,
    want: { low: { segments: 1, incoming: 0 } },
  },
  {
    name: "metrics go before low events",
    given: { metrics: { held: [10] }, low: { held: [100] }, high: { incoming: [60] } },
    freeBytes: 0,
    want: { metrics: { segments: 1, incoming: 0 }, low: { segments: 1, incoming: 0 } },
  },
  {
    name: "a low message is turned away rather than a critical one given up",
    given: { critical: { held: [100] }, low: { incoming: [20, 30] } },
    freeBytes: 30,
    want: { low: { segments: 0, incoming: 1 } },
  },
  {
    name: "a result outlives a high event",
    given: { high: { held: [100] }, result: { held: [100], incoming: [50] } },
    freeBytes: 0,
    want: { high: { segments: 1, incoming: 0 } },
  },
  {
    name: "of critical messages alone the oldest go",
    given: { critical: { held: [100, 100], incoming: [150] } },
    freeBytes: 0,
    want: { critical: { segments: 2, incoming: 0 } },
  },
];

for (const { name, given, freeBytes, want } of rows) {
  Deno.test(`spool room: ${name}`, () => {
    const lanes: LaneName[] = ["metrics", "low", "medium", "high", "result", "critical"];
    const loads = new Map<LaneName, LaneLoad>(
      lanes.map((
        lane,
      ) => [lane, { segmentBytes: given[lane]?.held ?? [], incomingBytes: given[lane]?.incoming ?? [] }]),
    );
    assert.deepEqual(Object.fromEntries(planRoom(loads, freeBytes)), want);
  });
}
