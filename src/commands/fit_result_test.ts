import assert from "node:assert/strict";
import fc from "fast-check";
import { type CommandResult, commandResultSchema } from "../wire/command_result.ts";
import { fitResult } from "./fit_result.ts";

const result = (output: string, error = ""): CommandResult => ({
  command_id: "c1",
  cluster_id: "local",
  status: "success",
  output,
  error,
  exit_code: 0,
  duration: 1,
  execution_time: 1,
  truncated: false,
  timestamp: "2026-01-01T00:00:00.000Z",
});

Deno.test("fit a result: one that fits is not touched", () => {
  const given = result("hello");
  assert.equal(fitResult(given, 10_000).result, given);
});

Deno.test("fit a result: any text fits after escaping, uses the room, and stays a beginning of what it was", () => {
  const text = fc.array(
    fc.oneof(fc.constantFrom('"', "\\", "\n", "\u0001", "é", "日", "👩", "\ud800", "a"), fc.string({ unit: "binary" })),
    {
      maxLength: 300,
    },
  ).map((parts) => parts.join(""));
  fc.assert(fc.property(text, text, fc.integer({ min: 260, max: 700 }), (output, error, limitBytes) => {
    const given = result(output, error);
    const { result: fitted, body } = fitResult(given, limitBytes);
    assert.ok(body.length <= limitBytes);
    assert.deepEqual(commandResultSchema.parse(JSON.parse(new TextDecoder().decode(body))), fitted);
    assert.ok(output.startsWith(fitted.output) && error.startsWith(fitted.error));
    if (fitted.truncated) {
      assert.ok(body.length > limitBytes - 14, "no more than two characters of room are left in each");
    }
    assert.equal(fitted.truncated, fitted.output !== output || fitted.error !== error);
  }));
});

Deno.test("fit a result: a cut never divides a surrogate pair", () => {
  const size = fitResult(result("👩".repeat(100)), 10_000).body.length;
  for (let limit = size - 9; limit < size; limit++) {
    assert.doesNotMatch(fitResult(result("👩".repeat(100)), limit).result.output, /[\ud800-\udbff]$/);
  }
});

Deno.test("fit a result: 10 MB that grow sixfold by escaping take linear time", () => {
  const startedMs = performance.now();
  const { body, result: fitted } = fitResult(result("\u0001".repeat(10_000_000)), 1_048_576);
  assert.ok(body.length <= 1_048_576 && fitted.output.length > 174_000);
  assert.ok(performance.now() - startedMs < 5000);
});

Deno.test("fit a result: pairs, escapes and lone surrogates count the same wherever a long text is divided", () => {
  for (const part of ["👩", "a👩", '"\\', "\ud800", "日\u0001"]) {
    for (const length of [4_095, 4_096, 4_097, 8_193]) {
      const given = result(part.repeat(length));
      const whole = new TextEncoder().encode(JSON.stringify(given)).length;
      assert.equal(fitResult(given, whole + 1).result, given);
      const cut = fitResult(given, whole - 1);
      assert.ok(cut.body.length <= whole - 1 && cut.body.length > whole - 16, `${part} ${length}: ${cut.body.length}`);
    }
  }
});
