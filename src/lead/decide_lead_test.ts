import assert from "node:assert/strict";
import { decideLead, isValid, lookAgainMs } from "./decide_lead.ts";
import { firstLeadState, type LeadAction, type LeadEvent, type LeadState } from "./lead_state.ts";
import { type LeaseRecord, readLease } from "./lease_record.ts";
import type { Moment } from "./moment.ts";

const TIMES = { identity: "me", durationMs: 4_000 };

/** A Lease as the server keeps it. */
function lease(version: number, holder: string, fields: { seconds?: number; transitions?: number } = {}): LeaseRecord {
  const { seconds = 4, transitions = 1 } = fields;
  const record = readLease({
    metadata: { name: "agent", uid: "uid", resourceVersion: String(version) },
    spec: { holderIdentity: holder, leaseDurationSeconds: seconds, leaseTransitions: transitions },
  });
  assert.ok(record);
  return record;
}

const seen = (version: number, holder: string, seconds = 4): LeadEvent => ({
  kind: "lease",
  record: lease(version, holder, { seconds }),
  listed: false,
  jitterMs: 0,
});
const listed = (version: number, holder: string): LeadEvent => ({
  kind: "lease",
  record: lease(version, holder),
  listed: true,
  jitterMs: 0,
});
const answered = (version: number, holder = "me"): LeadEvent => ({
  kind: "answered",
  record: lease(version, holder),
  jitterMs: 0,
});
const refused = (status: number): LeadEvent => ({ kind: "refused", status, detail: `status ${status}` });
const event = (kind: "no_lease" | "led_not_started" | "led_ended" | "retire" | "stop" | "tick"): LeadEvent => ({
  kind,
});
const BUS: LeadEvent = { kind: "bus", open: true };
const NO_BUS: LeadEvent = { kind: "bus", open: false };
const WATCH: LeadEvent = { kind: "watch", open: true };
const TICK = event("tick");

/** When, what, and what must follow: `take`, `renew`, `read`, `release`, `start 7`, `stop taken`; "" is nothing. */
type Step = readonly [atMs: number, event: LeadEvent, want: string, phase?: string];

function told(action: LeadAction): string {
  switch (action.kind) {
    case "request":
      return action.request;
    case "start_led":
      return `start ${action.epoch}`;
    case "stop_led":
      return `stop ${action.why}`;
  }
}

interface Row {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** Leads since 0 with version 6. */
const LEADS: readonly Step[] = [
  [0, BUS, ""],
  [0, WATCH, ""],
  [0, seen(5, ""), "take"],
  [10, answered(6), "start 6", "leading"],
];
/** Watches somebody else's Lease since 0. */
const STANDS_BY: readonly Step[] = [[0, BUS, ""], [0, WATCH, ""], [0, seen(5, "other"), "", "standby"]];

const ROWS: readonly Row[] = [
  { name: "a free Lease is taken at once", steps: LEADS },
  {
    name: "without a bus a free Lease is left to others, for a minute",
    steps: [
      [0, WATCH, ""],
      [0, seen(5, ""), ""],
      [59_000, TICK, "read"],
      [59_010, answered(5, ""), ""],
      [59_999, TICK, ""],
      [60_000, TICK, "take"],
    ],
  },
  { name: "without an open watch nothing is taken", steps: [[0, BUS, ""], [0, seen(5, ""), ""], [1, WATCH, "take"]] },
  {
    name: "a Lease that is held is taken over after the record's own duration, by this one's clock",
    steps: [[0, BUS, ""], [0, WATCH, ""], [0, seen(5, "other", 9), ""], [8_999, TICK, ""], [9_000, TICK, "take"]],
  },
  {
    name: "each renewal that is seen begins the wait anew",
    steps: [...STANDS_BY, [3_900, seen(6, "other"), ""], [7_800, TICK, ""], [7_900, TICK, "take"]],
  },
  {
    name: "a version that comes again does not",
    steps: [...STANDS_BY, [3_900, seen(5, "other"), ""], [4_000, TICK, "take"]],
  },
  {
    name: "an older version that comes late does not either",
    steps: [...STANDS_BY, [3_900, seen(4, "third"), ""], [4_000, TICK, "take"]],
  },
  {
    name: "a standby that has asked for nothing for half a minute reads the Lease, and may take what it then finds",
    steps: [
      ...STANDS_BY,
      ...Array.from({ length: 9 }, (_, at): Step => [(at + 1) * 3_000, seen(6 + at, "other"), ""]),
      [29_999, TICK, ""],
      [30_000, TICK, "read"],
      [30_010, answered(20, "other"), "", "standby"],
      [34_009, TICK, ""],
      [34_010, TICK, "take"],
    ],
  },
  {
    name: "a release is followed at once",
    steps: [...STANDS_BY, [100, seen(6, "", 1), "take"], [110, answered(7), "start 7", "leading"]],
  },
  {
    name: "a conflict is looked into, and the faster one is waited for",
    steps: [
      ...STANDS_BY,
      [100, seen(6, "", 1), "take"],
      [110, refused(409), "read"],
      [120, answered(7, "third"), "", "standby"],
      [4_119, TICK, ""],
      [4_120, TICK, "take"],
    ],
  },
  {
    name: "a take that was answered too late is found in the Lease and taken again",
    steps: [
      ...STANDS_BY,
      [4_000, TICK, "take"],
      [5_000, refused(0), ""],
      [5_500, seen(6, "me"), ""],
      [6_000, TICK, "take"],
      [6_010, answered(7), "start 7", "leading"],
    ],
  },
  {
    name: "a server error is tried again after a quarter of the duration",
    steps: [...STANDS_BY, [4_000, TICK, "take"], [4_010, refused(500), ""], [5_009, TICK, ""], [5_010, TICK, "take"]],
  },
  {
    name: "a leader renews after a quarter of the duration",
    steps: [...LEADS, [999, TICK, ""], [1_000, TICK, "renew"], [1_010, answered(7), "", "leading"], [
      2_000,
      TICK,
      "renew",
    ]],
  },
  {
    name: "a renewal that fails is tried again, and in time it is enough",
    steps: [
      ...LEADS,
      [1_000, TICK, "renew"],
      [2_000, refused(0), ""],
      [2_250, TICK, "renew"],
      [2_900, answered(7), "", "leading"],
      [3_000, TICK, ""],
    ],
  },
  {
    name: "no success within three quarters of the duration is the end",
    steps: [
      ...LEADS,
      [1_000, TICK, "renew"],
      [2_000, refused(0), ""],
      [2_250, TICK, "renew"],
      [3_000, TICK, "stop expired", "ending"],
    ],
  },
  {
    name: "an answer that comes after the end does not bring it back",
    steps: [
      ...LEADS,
      [1_000, TICK, "renew"],
      [3_000, TICK, "stop expired"],
      [3_100, answered(7), "", "ending"],
      [3_200, event("led_ended"), "take", "standby"],
      [3_210, answered(8), "start 8", "leading"],
    ],
  },
  {
    name: "another holder is the end",
    steps: [...LEADS, [500, seen(9, "other"), "stop taken", "ending"], [600, event("led_ended"), "", "standby"]],
  },
  { name: "its own renewal, seen by the watch, is none", steps: [...LEADS, [500, seen(6, "me"), "", "leading"]] },
  {
    name: "an older holder, seen late by the watch, is none either",
    steps: [...LEADS, [500, seen(5, ""), "", "leading"]],
  },
  {
    name: "a list of a restored cluster counts although its versions are lower",
    steps: [...LEADS, [500, listed(3, "old"), "stop taken", "ending"]],
  },
  { name: "a Lease that is deleted is the end", steps: [...LEADS, [500, event("no_lease"), "stop deleted", "ending"]] },
  {
    name: "a renewal that is told that there is no Lease is the end",
    steps: [...LEADS, [1_000, TICK, "renew"], [1_010, refused(404), "stop deleted", "ending"]],
  },
  {
    name: "a Lease that is made anew is taken like any other",
    steps: [
      ...LEADS,
      [500, event("no_lease"), "stop deleted"],
      [510, event("led_ended"), "", "standby"],
      [900, seen(20, ""), "take"],
    ],
  },
  {
    name: "a conflict of a renewal with itself is looked into",
    steps: [
      ...LEADS,
      [1_000, TICK, "renew"],
      [1_010, refused(409), "read"],
      [1_020, answered(8), "", "leading"],
      [1_260, TICK, "renew"],
    ],
  },
  {
    name: "a conflict of a renewal with another holder is the end",
    steps: [...LEADS, [1_000, TICK, "renew"], [1_010, refused(409), "read"], [
      1_020,
      answered(8, "other"),
      "stop taken",
    ]],
  },
  {
    name: "a read that fails is not tried without a pause",
    steps: [
      ...LEADS,
      [1_000, TICK, "renew"],
      [1_010, refused(409), "read"],
      [1_020, refused(500), ""],
      [1_269, TICK, ""],
      [1_270, TICK, "read"],
    ],
  },
  {
    name: "an orderly stop releases only when the services have ended, and renews until then",
    steps: [
      ...LEADS,
      [900, event("stop"), "stop stopping", "ending"],
      [1_000, TICK, "renew"],
      [1_010, answered(7), "", "ending"],
      [1_400, event("led_ended"), "release", "releasing"],
      [1_410, answered(8, ""), "", "done"],
    ],
  },
  {
    name: "an orderly stop whose services take too long releases nothing",
    steps: [
      ...LEADS,
      [900, event("stop"), "stop stopping"],
      [1_000, TICK, "renew"],
      [2_000, refused(0), ""],
      [3_100, TICK, "", "ending"],
      [3_200, event("led_ended"), "", "done"],
    ],
  },
  {
    name: "a release that meets a renewal in flight is tried once more",
    steps: [
      ...LEADS,
      [900, event("stop"), "stop stopping"],
      [950, event("led_ended"), "release"],
      [960, refused(409), "read"],
      [970, answered(9), "release"],
      [980, refused(409), "", "done"],
    ],
  },
  {
    name: "a release waits for the renewal that is on its way",
    steps: [
      ...LEADS,
      [1_000, TICK, "renew"],
      [1_001, event("stop"), "stop stopping"],
      [1_002, event("led_ended"), "", "releasing"],
      [1_010, answered(7), "release"],
      [1_020, answered(8, ""), "", "done"],
    ],
  },
  {
    name: "a stop while the Lease is being taken releases it again",
    steps: [
      [0, BUS, ""],
      [0, WATCH, ""],
      [0, seen(5, ""), "take"],
      [5, event("stop"), "", "standby"],
      [10, answered(6), "start 6, stop stopping", "ending"],
      [20, event("led_ended"), "release"],
      [30, answered(7, ""), "", "done"],
    ],
  },
  {
    name: "a process that is about to stop takes nothing",
    steps: [...STANDS_BY, [10, event("retire"), ""], [20, seen(6, ""), ""], [30, event("stop"), "", "done"]],
  },
  { name: "one that leads and is about to stop leads on", steps: [...LEADS, [10, event("retire"), "", "leading"]] },
  {
    name: "a leader without a bus gives the Lease up after 15 s, and lets others try first",
    steps: [
      ...LEADS,
      [900, NO_BUS, ""],
      ...renewals(1_000, 15_000, 7),
      [15_900, TICK, "stop no_bus", "ending"],
      [15_910, event("led_ended"), "release"],
      [15_920, answered(40, ""), "", "standby"],
      [16_000, BUS, ""],
      [20_919, TICK, ""],
      [20_920, TICK, "take"],
    ],
  },
  {
    name: "a leader whose bus comes back in time leads on",
    steps: [...LEADS, [900, NO_BUS, ""], ...renewals(1_000, 15_000, 7), [15_100, BUS, ""], [15_950, TICK, ""]],
  },
  {
    name: "one that took it without a bus does not give it up after 15 s",
    steps: [
      [0, WATCH, ""],
      [0, seen(5, ""), ""],
      [60_000, TICK, "take"],
      [60_010, answered(6), "start 6"],
      ...renewals(61_000, 80_000, 7),
      [80_950, TICK, "", "leading"],
    ],
  },
  {
    name: "one that cannot begin to lead gives it up, and lets others try first",
    steps: [
      ...LEADS,
      [100, event("led_not_started"), "stop not_started", "ending"],
      [110, event("led_ended"), "release"],
      [120, answered(7, ""), "", "standby"],
      [130, TICK, ""],
    ],
  },
];

/** A renewal each second, answered at once. */
function renewals(fromMs: number, toMs: number, version: number): readonly Step[] {
  const count = (toMs - fromMs) / 1_000 + 1;
  return Array.from({ length: count }, (_, at): readonly Step[] => [
    [fromMs + at * 1_000, TICK, "renew"],
    [fromMs + at * 1_000, answered(version + at), ""],
  ]).flat();
}

for (const { name, steps } of ROWS) {
  Deno.test(`decide lead: ${name}`, () => {
    let state = firstLeadState(at(0));
    for (const [atMs, given, want, phase] of steps) {
      const decided = decideLead(state, given, at(atMs), TIMES);
      state = decided.state;
      assert.equal(decided.actions.map(told).join(", "), want, `after ${given.kind} at ${atMs}`);
      if (phase !== undefined) assert.equal(state.phase.kind, phase, `at ${atMs}`);
    }
  });
}

function at(monotonicMs: number, wallMs = monotonicMs): Moment {
  return { monotonicMs, wallMs };
}

function stateAfter(steps: readonly Step[]): LeadState {
  return steps.reduce((state, [atMs, given]) => decideLead(state, given, at(atMs), TIMES).state, firstLeadState(at(0)));
}

Deno.test("decide lead: a leader is valid for three quarters of the duration from when it asked", () => {
  const state = stateAfter(LEADS);
  assert.deepEqual([isValid(state, at(2_999), TIMES), isValid(state, at(3_000), TIMES)], [true, false]);
});

Deno.test("decide lead: either clock ends the validity: a suspended machine counts on the wall clock alone", () => {
  const state = stateAfter(LEADS);
  assert.equal(isValid(state, at(100, 60_000), TIMES), false);
  assert.equal(isValid(state, at(60_000, 100), TIMES), false);
  assert.equal(isValid(state, at(100, -60_000), TIMES), true);
});

/** A renewal by `holder`, as its clock tells the time. */
function renewedAt(version: number, holder: string, wallMs: number): LeadEvent {
  return { kind: "lease", record: { ...lease(version, holder), renewedAtMs: wallMs }, listed: false, jitterMs: 0 };
}

const aheadAfter = (events: readonly (readonly [monotonicMs: number, wallMs: number, event: LeadEvent])[]) => {
  const { lease } = events.reduce(
    (state, [monotonicMs, wallMs, given]) => decideLead(state, given, at(monotonicMs, wallMs), TIMES).state,
    firstLeadState(at(0)),
  );
  return lease.kind === "present" ? lease.aheadMs : undefined;
};
const HOUR_MS = 3_600_000;

Deno.test("decide lead: another one's renewals tell how far the clocks are apart, the fastest to come the best", () => {
  assert.equal(aheadAfter([[0, HOUR_MS, listed(5, "other")]]), null);
  const seenRenewals = [
    [0, HOUR_MS, listed(5, "other")],
    [500, HOUR_MS + 500, renewedAt(6, "other", 400)],
    [1_410, HOUR_MS + 1_410, renewedAt(7, "other", 1_400)],
    [2_900, HOUR_MS + 2_900, renewedAt(8, "other", 2_400)],
  ] as const;
  assert.equal(aheadAfter(seenRenewals), HOUR_MS + 10);
  // Who releases it is who held it; what is edited without a renewal, and what it writes itself, tell nothing.
  assert.equal(aheadAfter([...seenRenewals, [3_000, HOUR_MS + 3_000, renewedAt(9, "", 2_995)]]), HOUR_MS + 5);
  assert.equal(aheadAfter([...seenRenewals, [9_000, HOUR_MS + 9_000, renewedAt(9, "other", 2_400)]]), HOUR_MS + 10);
  assert.equal(
    aheadAfter([...seenRenewals, [9_000, HOUR_MS + 9_000, renewedAt(9, "me", HOUR_MS + 9_000)]]),
    HOUR_MS + 10,
  );
  assert.equal(
    aheadAfter([...seenRenewals, [3_000, HOUR_MS + 3_000, renewedAt(9, "third", 3 * HOUR_MS)]]),
    3_000 - 2 * HOUR_MS,
  );
});

Deno.test("decide lead: a wall clock that is set forward takes no Lease from anybody", () => {
  const decided = decideLead(stateAfter(STANDS_BY), TICK, at(100, 3_600_000), TIMES);
  assert.deepEqual(decided.actions, []);
});

Deno.test("decide lead: while its services end in order a leader still acts, once it is lost no more", () => {
  assert.equal(isValid(stateAfter([...LEADS, [900, event("stop"), ""]]), at(950), TIMES), true);
  assert.equal(isValid(stateAfter([...LEADS, [900, event("no_lease"), ""]]), at(950), TIMES), false);
  assert.equal(isValid(stateAfter(STANDS_BY), at(1), TIMES), false);
});

Deno.test("decide lead: a standby looks again when the Lease runs out, and not before", () => {
  assert.equal(lookAgainMs(stateAfter(STANDS_BY), at(1_000), TIMES), 3_000);
});
