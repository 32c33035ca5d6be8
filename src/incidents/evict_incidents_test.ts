import assert from "node:assert/strict";
import { createIncidentRig, faultOf } from "../../test/support/incident_rig.ts";
import type { Severity } from "../wire/severity.ts";
import { evictIncidents } from "./evict_incidents.ts";

/** Incidents of namespaces, heard of one after the other. */
function incidentsOf(
  counts: Readonly<Record<string, number>>,
  severityOf: (number: number) => Severity = () => "high",
) {
  const rig = createIncidentRig();
  for (const [namespace, count] of Object.entries(counts)) {
    for (let number = 0; number < count; number++) {
      const object = { kind: "Service", name: `s${number}`, uid: `${number}` };
      rig.store.open(faultOf(rig, { namespace, object, severity: severityOf(number) }));
    }
  }
  return rig.store.all();
}

function lost(counts: Readonly<Record<string, number>>, limit: number): Readonly<Record<string, number>> {
  const lost: Record<string, number> = {};
  for (const { namespace } of evictIncidents(incidentsOf(counts), limit)) lost[namespace] = (lost[namespace] ?? 0) + 1;
  return lost;
}

Deno.test("evicted incidents: none where there is room", () => {
  assert.deepEqual(lost({ shop: 10 }, 10), {});
});

Deno.test("evicted incidents: a quarter goes at once, from the namespaces with the most", () => {
  assert.deepEqual(lost({ shop: 10, flood: 80 }, 80), { flood: 20 });
  assert.deepEqual(lost({ shop: 5, a: 40, b: 40 }, 80), { a: 10, b: 10 });
  assert.deepEqual(lost({ a: 21, b: 20, c: 20, d: 20 }, 80), { a: 6, b: 5, c: 5, d: 4 });
});

Deno.test("evicted incidents: the least severe first, and of those what was heard of longest ago", () => {
  const incidents = incidentsOf({ shop: 9 }, (number) => number % 3 === 0 ? "low" : "critical");
  const names = evictIncidents(incidents, 5).map(({ object }) => object.name);
  assert.deepEqual(names, ["s0", "s3", "s6", "s1"]);
});
