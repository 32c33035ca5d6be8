import assert from "node:assert/strict";
import type { Severity } from "../wire/severity.ts";
import { createDedupe, type Judgement, type Sighting } from "./dedupe.ts";
import { faultKey } from "./fault_key.ts";
import { normalizeEvent } from "./normalize_event.ts";

const WINDOW_MS = 60_000;

interface Given {
  readonly version: number;
  readonly uid?: string;
  readonly pod?: string;
  readonly container?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly lastSeen?: string;
  readonly severity?: Severity;
  readonly rule?: string;
  readonly byMessage?: boolean;
}

/** A sighting whose tag says which one it is: `<pod>@<version>`. */
function sighting(given: Given): Sighting<string> {
  const pod = given.pod ?? "api";
  const event = normalizeEvent({
    metadata: { uid: given.uid ?? "u", resourceVersion: String(given.version), name: "e", namespace: "shop" },
    involvedObject: {
      kind: "Pod",
      namespace: "shop",
      name: pod,
      ...(given.container === undefined ? {} : { fieldPath: `spec.containers{${given.container}}` }),
    },
    type: "Warning",
    reason: given.reason ?? "BackOff",
    message: given.message ?? "Back-off restarting failed container",
    count: given.count ?? 1,
    lastTimestamp: given.lastSeen ?? "2026-01-01T00:00:00Z",
  });
  assert.ok(event);
  const fault = {
    kind: "fault",
    rule: given.rule ?? "crash.loop",
    severity: given.severity ?? "high",
    category: "crash",
    explanation: "",
    byMessage: given.byMessage ?? false,
  } as const;
  return {
    event,
    fault,
    key: faultKey(event, fault),
    tag: `${pod}@${given.version}`,
  };
}

/** `held, instead of api@1`. */
function told({ occurrence, superseded, displaced }: Judgement<string>): string {
  const instead = superseded === null ? "" : `, instead of ${superseded.tag}`;
  return `${occurrence}${instead}${displaced === null ? "" : `, displaces ${displaced.tag}`}`;
}

interface Row {
  readonly name: string;
  readonly given: readonly (readonly [atMs: number, sighting: Given])[];
  readonly want: readonly string[];
  readonly windowMs?: number;
  readonly limit?: number;
}

const NEXT = { version: 2, count: 2 };

const JUDGED: readonly Row[] = [
  {
    name: "another finding under a reason that has many is another fault, and its repeat is held",
    given: [
      [0, { version: 1, byMessage: true, message: "SoftLockup: CPU#3 stuck for 26s" }],
      [1, { version: 2, uid: "v", byMessage: true, message: "ConntrackExceeded: table full" }],
      [2, { version: 3, byMessage: true, message: "SoftLockup: CPU#9 stuck for 11s", count: 2 }],
    ],
    want: ["first", "first", "held"],
  },
  {
    name: "other words under a rule that knows its message are the same fault",
    given: [[0, { version: 1, message: "dial tcp: refused" }], [1, { ...NEXT, message: "no such host" }]],
    want: ["first", "held"],
  },
  { name: "a fault not seen before is the first", given: [[0, { version: 1 }]], want: ["first"] },
  {
    name: "a higher count inside the window is held",
    given: [[0, { version: 1 }], [1, NEXT]],
    want: ["first", "held"],
  },
  {
    name: "a later time without a higher count is held too",
    given: [[0, { version: 1 }], [1, { version: 2, lastSeen: "2026-01-01T00:00:09Z" }]],
    want: ["first", "held"],
  },
  {
    name: "a newer repeat takes the held one's place",
    given: [[0, { version: 1 }], [1, NEXT], [2, { version: 3, count: 3 }]],
    want: ["first", "held", "held, instead of api@2"],
  },
  {
    name: "an edit between two repeats does not lose the held one",
    given: [[0, { version: 1 }], [1, NEXT], [2, { version: 3, count: 2 }]],
    want: ["first", "held", "unchanged"],
  },
  {
    name: "the first repeat after the window is reported at once",
    given: [[0, { version: 1 }], [WINDOW_MS, NEXT]],
    want: ["first", "repeat"],
  },
  {
    name: "a repeat one millisecond before the window's end is held",
    given: [[0, { version: 1 }], [WINDOW_MS - 1, NEXT]],
    want: ["first", "held"],
  },
  {
    name: "a repeat after the window takes a held one's place",
    given: [[0, { version: 1 }], [1, NEXT], [WINDOW_MS, { version: 3, count: 3 }]],
    want: ["first", "held", "repeat, instead of api@2"],
  },
  {
    name: "a window of 0 reports every repeat",
    given: [[0, { version: 1 }], [0, NEXT], [0, { version: 3, count: 3 }]],
    want: ["first", "repeat", "repeat"],
    windowMs: 0,
  },
  {
    name: "a window of 0 still ignores what is no news",
    given: [[0, { version: 1 }], [0, { version: 2 }]],
    want: ["first", "unchanged"],
    windowMs: 0,
  },
  {
    name: "another severity does not wait for the window",
    given: [[0, { version: 1 }], [1, { ...NEXT, severity: "critical" }]],
    want: ["first", "repeat"],
  },
  {
    name: "the very same version is no news",
    given: [[0, { version: 1 }], [1, { version: 1 }]],
    want: ["first", "unchanged"],
  },
  {
    name: "a lower count of the same Event is no news",
    given: [[0, { version: 1, count: 5 }], [1, { version: 2, count: 4 }]],
    want: ["first", "unchanged"],
  },
  {
    name: "a writer that restarted begins a new Event with a lower count, and that is news",
    given: [[0, { version: 1, count: 5 }], [1, { version: 2, uid: "other", count: 1 }]],
    want: ["first", "held"],
  },
  {
    name: "an older Event of the same fault is no news",
    given: [[0, { version: 5 }], [1, { version: 4, uid: "other", count: 9 }]],
    want: ["first", "unchanged"],
  },
  {
    name: "a later Event is news although its version is lower: the cluster was restored from a backup",
    given: [[0, { version: 900 }], [1, { version: 105, uid: "other", lastSeen: "2026-01-01T00:00:09Z" }]],
    want: ["first", "held"],
  },
  {
    name: "another message of the same fault is a repeat",
    given: [[0, { version: 1 }], [1, { ...NEXT, message: "Back-off of another kind" }]],
    want: ["first", "held"],
  },
  {
    name: "another object is another fault",
    given: [[0, { version: 1 }], [1, { ...NEXT, pod: "db" }]],
    want: ["first", "first"],
  },
  {
    name: "another container is another fault",
    given: [[0, { version: 1, container: "a" }], [1, { ...NEXT, container: "b" }]],
    want: ["first", "first"],
  },
  {
    name: "another reason is another fault",
    given: [[0, { version: 1 }], [1, { ...NEXT, reason: "Failed" }]],
    want: ["first", "first"],
  },
  {
    name: "another rule is another fault",
    given: [[0, { version: 1 }], [1, { ...NEXT, rule: "image.pull.backoff" }]],
    want: ["first", "first"],
  },
  {
    name: "a full memory forgets the fault reported longest ago",
    given: [[0, { version: 1, pod: "a" }], [1, { version: 2, pod: "b" }], [2, { version: 3, pod: "c" }], [3, {
      version: 4,
      pod: "a",
      count: 2,
    }]],
    want: ["first", "first", "first", "first"],
    limit: 2,
  },
  {
    name: "a full memory hands out what the forgotten fault held",
    given: [[0, { version: 1, pod: "a" }], [1, { version: 2, pod: "a", count: 2 }], [2, { version: 3, pod: "b" }]],
    want: ["first", "held", "first, displaces a@2"],
    limit: 1,
  },
];

for (const { name, given, want, windowMs = WINDOW_MS, limit = 100 } of JUDGED) {
  Deno.test(`dedupe: ${name}`, () => {
    const dedupe = createDedupe<string>({ windowMs, limit });
    assert.deepEqual(given.map(([atMs, row]) => told(dedupe.see(sighting(row), atMs))), want);
  });
}

const tagsOf = (sightings: readonly Sighting<string>[]) => sightings.map(({ tag }) => tag);

Deno.test("dedupe: what is held is due once, at the window's end, as its newest state", () => {
  const dedupe = createDedupe<string>({ windowMs: WINDOW_MS, limit: 100 });
  dedupe.see(sighting({ version: 1 }), 0);
  for (const count of [2, 3, 4]) dedupe.see(sighting({ version: count, count }), count);
  assert.equal(dedupe.held(), 1);
  assert.deepEqual(tagsOf(dedupe.due(WINDOW_MS - 1)), []);
  const due = dedupe.due(WINDOW_MS);
  assert.deepEqual([tagsOf(due), due[0]?.event.count], [["api@4"], 4]);
  assert.deepEqual([tagsOf(dedupe.due(WINDOW_MS)), dedupe.held()], [[], 0]);
});

Deno.test("dedupe: the report at the window's end begins a new window", () => {
  const dedupe = createDedupe<string>({ windowMs: WINDOW_MS, limit: 100 });
  dedupe.see(sighting({ version: 1 }), 0);
  dedupe.see(sighting({ version: 2, count: 2 }), 1);
  dedupe.due(WINDOW_MS);
  assert.equal(dedupe.see(sighting({ version: 3, count: 3 }), WINDOW_MS + 1).occurrence, "held");
  assert.deepEqual(tagsOf(dedupe.due(2 * WINDOW_MS)), ["api@3"]);
});

Deno.test("dedupe: many faults are due together, each with its own window", () => {
  const dedupe = createDedupe<string>({ windowMs: WINDOW_MS, limit: 100 });
  for (const [at, pod] of ["a", "b", "c"].entries()) {
    dedupe.see(sighting({ version: 1, pod }), at * 1_000);
    dedupe.see(sighting({ version: 2, pod, count: 2 }), at * 1_000 + 1);
  }
  assert.deepEqual(tagsOf(dedupe.due(WINDOW_MS + 1_000)), ["a@2", "b@2"]);
  assert.deepEqual(tagsOf(dedupe.due(WINDOW_MS + 2_000)), ["c@2"]);
});

Deno.test("dedupe: the snapshot holds only what the outbox has vouched for", () => {
  const dedupe = createDedupe<string>({ windowMs: WINDOW_MS, limit: 100 });
  const [safe, unsafe] = [sighting({ version: 1, pod: "safe" }), sighting({ version: 2, pod: "unsafe" })];
  for (const each of [safe, unsafe]) dedupe.see(each, 0);
  dedupe.settlement(safe)();
  assert.deepEqual(dedupe.snapshot(10).map(([, { resourceVersion }]) => resourceVersion), ["1"]);
});

Deno.test("dedupe: the snapshot keeps the state before a repeat that is not yet safe", () => {
  const dedupe = createDedupe<string>({ windowMs: 0, limit: 100 });
  const [first, repeat] = [sighting({ version: 1 }), sighting({ version: 2, count: 2 })];
  dedupe.see(first, 0);
  dedupe.settlement(first)();
  dedupe.see(repeat, 1);
  assert.deepEqual(dedupe.snapshot(10).map(([, { count }]) => count), [1]);
  dedupe.settlement(repeat)();
  assert.deepEqual(dedupe.snapshot(10).map(([, { count }]) => count), [2]);
});

Deno.test("dedupe: a snapshot that is cut keeps the newest, oldest first", () => {
  const dedupe = createDedupe<string>({ windowMs: WINDOW_MS, limit: 100 });
  for (const version of [1, 2, 3]) {
    const each = sighting({ version, pod: `p${version}` });
    dedupe.see(each, version);
    dedupe.settlement(each)();
  }
  assert.deepEqual(dedupe.snapshot(2).map(([, { resourceVersion }]) => resourceVersion), ["2", "3"]);
});

Deno.test("dedupe: after a restore the reported state is no news, what came after it is", () => {
  const before = createDedupe<string>({ windowMs: WINDOW_MS, limit: 100 });
  const first = sighting({ version: 1 });
  before.see(first, 0);
  before.settlement(first)();
  const after = createDedupe<string>({ windowMs: WINDOW_MS, limit: 100 });
  after.restore(before.snapshot(10));
  assert.equal(after.see(first, 1).occurrence, "unchanged");
  assert.equal(after.see(sighting({ version: 2, count: 2 }), 2).occurrence, "held");
  assert.deepEqual(tagsOf(after.due(WINDOW_MS)), ["api@2"]);
});

Deno.test("dedupe: what a version without shapes has reported is not reported again, what is new is", () => {
  const dedupe = createDedupe<string>({ windowMs: WINDOW_MS, limit: 10 });
  const seen = { version: 5, byMessage: true, message: "SoftLockup: stuck" };
  const [older] = sighting(seen).key.split("\n~");
  const state = {
    atMs: 0,
    severity: "high",
    uid: "u",
    resourceVersion: "5",
    count: 1,
    lastSeenMs: Date.UTC(2026, 0, 1),
  };
  dedupe.restore([[older ?? "", { ...state, severity: "high" }]]);
  assert.equal(told(dedupe.see(sighting(seen), 1)), "unchanged");
  assert.equal(told(dedupe.see(sighting({ ...seen, version: 6, count: 2 }), 2)), "first");
});
