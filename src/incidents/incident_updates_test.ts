import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createIncidentRig, faultOf, RIG_START_MS } from "../../test/support/incident_rig.ts";
import { updateSchema } from "../wire/update.ts";
import { endingUpdate, openUpdates } from "./incident_updates.ts";

const asIs = (text: string) => text;

Deno.test("incident updates: the list of open incidents is told in parts below 100 kB that have all of them once", () => {
  const rig = createIncidentRig();
  for (let index = 0; index < 1_000; index++) {
    const name = `service-${index}-${"x".repeat(150)}`;
    rig.store.open(faultOf(rig, { object: { kind: "Service", name, uid: "" } }));
  }
  const updates = openUpdates("prod", rig.store.all(), asIs, rig.nowMs);
  const keys = updates.flatMap((update) => {
    const parsed = updateSchema.parse(JSON.parse(JSON.stringify(update)));
    assert.ok(parsed.kind === "open" && parsed.parts === updates.length);
    assert.ok(Buffer.byteLength(JSON.stringify(update)) < 100_000);
    return parsed.incidents.map(({ incident_key: key }) => key);
  });
  assert.deepEqual([keys.length, new Set(keys).size], [1_000, 1_000]);
  assert.equal(new Set(updates.map(({ id }) => id)).size, updates.length);
});

Deno.test("incident updates: that nothing is open is told too", () => {
  const [update, ...more] = openUpdates("prod", [], asIs, RIG_START_MS);
  assert.ok(update?.kind === "open");
  assert.deepEqual([update.incidents, update.part, update.parts, more], [[], 1, 1, []]);
});

Deno.test("incident updates: an end has the same id however often it is told, and no secret of a name", () => {
  const rig = createIncidentRig();
  const sighting = faultOf(rig, {
    kind: "object",
    faultKey: "k",
    object: { kind: "Service", name: "hunter2", uid: "" },
  });
  const { incident } = rig.store.open(sighting).stamp;
  const endedAtMs = rig.nowMs + 90_000;
  const ending = rig.store.end({
    incidentKey: incident.key,
    faultKey: "k",
    by: "gone",
    proof: "hunter2 is gone",
    endedAtMs,
  });
  assert.ok(ending !== null);
  const redact = (text: string) => text.replaceAll("hunter2", "[REDACTED:test]");
  const [first, second] = [1, 2].map((minutes) => endingUpdate("prod", ending, redact, rig.nowMs + minutes * 60_000));
  assert.ok(first?.kind === "resolved" && first.id === second?.id);
  assert.deepEqual([first.open_for, first.proof, first.object.name], [
    90e9,
    "[REDACTED:test] is gone",
    "[REDACTED:test]",
  ]);
  updateSchema.parse(first);
});
