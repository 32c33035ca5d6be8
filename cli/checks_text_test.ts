import assert from "node:assert/strict";
import { formatCheck, sumOfChecks } from "./checks_text.ts";

const PASSED = { check: "list events", ok: true, detail: "allowed" };
const OFF = { check: "get jobs", ok: true, detail: "not allowed; left out: evidence", remedy: "grant it" };
const FAILED = { check: "nats connect", ok: false, detail: "refused" };

Deno.test("checks: what is left out for want of a right is neither ok nor a failure", () => {
  assert.deepEqual([PASSED, OFF, FAILED].map(formatCheck), [
    "ok   list events: allowed\n",
    "off  get jobs: not allowed; left out: evidence; grant it\n",
    "FAIL nats connect: refused\n",
  ]);
});

Deno.test("checks: the sum says the worst", () => {
  assert.equal(sumOfChecks([]), "");
  assert.equal(sumOfChecks([PASSED, PASSED]), "; all 2 checks passed");
  assert.equal(sumOfChecks([PASSED, OFF]), "; no check failed, 1 of 2 is off");
  assert.equal(sumOfChecks([PASSED, OFF, OFF]), "; no check failed, 2 of 3 are off");
  assert.equal(sumOfChecks([PASSED, OFF, FAILED]), "; 1 of 3 checks FAILED");
});
