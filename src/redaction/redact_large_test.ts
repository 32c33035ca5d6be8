import assert from "node:assert/strict";
import { redactLarge } from "./redact_large.ts";
import { createRedactor } from "./redactor.ts";

const LINE = "2026-01-02T03:04:05Z INFO request done password=hunter2 in 3ms\n";
const LARGE = LINE.repeat(2000);

Deno.test("redact large: a thread cuts out what is cut out in place", async () => {
  const { text, counts } = await redactLarge(LARGE, false, new AbortController().signal);
  assert.deepEqual(counts, { assignment: 2000 });
  assert.equal(text, LARGE.replaceAll("hunter2", "[REDACTED:assignment]"));
});

Deno.test("redact large: the thread knows the names and patterns of the configuration", async () => {
  const redactor = createRedactor({ names: ["*_pin"], patterns: ["ACME-[0-9]+"] });
  const { counts } = await redactLarge(
    `${"x\n".repeat(40_000)}door_pin=1234 ACME-77`,
    false,
    new AbortController().signal,
    { redactor },
  );
  assert.deepEqual(counts, { assignment: 1, configured: 1 });
});

Deno.test("redact large: what is not ready in time is withheld whole", async () => {
  const { text, counts } = await redactLarge(LARGE, false, new AbortController().signal, { deadlineMs: 0 });
  assert.equal(text, "[output withheld: redaction did not finish in time]");
  assert.deepEqual(counts, { withheld: 1 });
});

Deno.test("redact large: what is not ready when the agent stops is withheld; a short text still goes", async () => {
  const abort = new AbortController();
  const job = redactLarge(LARGE, false, abort.signal);
  abort.abort(new Error("stop now"));
  assert.deepEqual((await job).counts, { withheld: 1 });
  assert.deepEqual((await redactLarge(LARGE, false, abort.signal)).counts, { withheld: 1 });
  assert.deepEqual((await redactLarge(LINE, false, abort.signal)).counts, { assignment: 1 });
});
