import assert from "node:assert/strict";
import type { Event } from "../../src/wire/event.ts";
import { createEventLedger } from "./event_ledger.ts";

const report = (number: number, count: number, id = `${number}-${count}`): Event => ({
  id,
  cluster_id: "soak",
  type: "k8s_event",
  source: "kubernetes",
  namespace: "shop",
  severity: "high",
  reason: "BackOff",
  message: `Back-off restarting failed container [number ${number}]`,
  timestamp: "2026-01-05T10:00:00Z",
  reported_at: "2026-01-05T10:00:00Z",
  labels: {},
  raw_data: { count },
});

Deno.test("event ledger: tells lost faults, lost repeats, copies and other ids apart", () => {
  const ledger = createEventLedger();
  for (const number of [1, 2, 3, 4]) ledger.made(number, 1);
  ledger.made(2, 3);
  ledger.made(3, 2);
  ledger.arrived(report(1, 1));
  ledger.arrived(report(1, 1));
  ledger.arrived(report(2, 1));
  ledger.arrived(report(2, 3));
  ledger.arrived(report(3, 1));
  ledger.arrived(report(3, 1, "another"));
  ledger.arrived({ ...report(0, 0), type: "agent_gap", message: "" });
  assert.deepEqual(ledger.totals(), {
    eventsIn: 4,
    reported: 3,
    lost: 1,
    repeatsIn: 2,
    repeatsReported: 1,
    repeatedSameId: 1,
    repeatedOtherId: 1,
    gaps: 1,
  });
});
