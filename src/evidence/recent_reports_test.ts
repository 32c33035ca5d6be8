import assert from "node:assert/strict";
import { evidenceRequest } from "../../test/support/evidence_rig.ts";
import { BUILT_IN_REDACTOR } from "../redaction/redactor.ts";
import { createRecentReports } from "./recent_reports.ts";

const OWNER = { kind: "Deployment", name: "web", guessed: false };

Deno.test("recent reports: the latest of the owner, each once, without the fault itself, in so many words", () => {
  const reports = createRecentReports(BUILT_IN_REDACTOR, () => 0);
  const note = (rule: string, message = "short") => {
    const { sighting, stamp } = evidenceRequest({ rule, message, owner: OWNER });
    reports.note(sighting, stamp);
  };
  for (let number = 0; number < 12; number++) note(`rule.${number}`);
  note("rule.3", "again");
  note("rule.long", `${"word ".repeat(400)}token=hunter2-Kx9`);
  const own = evidenceRequest({ rule: "rule.11", owner: OWNER });
  const found = reports.around(own.sighting, own.stamp);
  assert.deepEqual(found.map(({ rule, times }) => `${rule} ${times}`).slice(0, 3), [
    "rule.long 1",
    "rule.3 2",
    "rule.10 1",
  ]);
  assert.equal(found.length, 10);
  assert.ok(found.every(({ rule }) => rule !== "rule.11"));
  assert.ok(String(found[0]?.message).length <= 240);
});

Deno.test("recent reports: what was reported longest ago is forgotten first", () => {
  const reports = createRecentReports(BUILT_IN_REDACTOR, () => 0, 3);
  for (const key of ["a", "b", "c", "a", "d"]) {
    const { sighting, stamp } = evidenceRequest({ rule: key, owner: OWNER });
    reports.note(sighting, stamp);
  }
  const { sighting, stamp } = evidenceRequest({ rule: "x", owner: OWNER });
  assert.deepEqual(reports.around(sighting, stamp).map(({ rule }) => rule), ["d", "a", "c"]);
});

Deno.test("recent reports: a flood does not push out what came before it", () => {
  let nowMs = 0;
  const reports = createRecentReports(BUILT_IN_REDACTOR, () => nowMs);
  const note = (rule: string) => {
    const { sighting, stamp } = evidenceRequest({ rule, owner: OWNER });
    reports.note(sighting, stamp);
  };
  note("rule.before");
  for (nowMs = 1_000; nowMs < 3_000; nowMs++) note("rule.flood");
  const { sighting, stamp } = evidenceRequest({ rule: "x", owner: OWNER });
  const found = reports.around(sighting, stamp).map(({ rule, times }) => `${rule} ${times}`);
  assert.deepEqual(found, ["rule.flood 128", "rule.before 1"]);
});
