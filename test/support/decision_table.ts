import assert from "node:assert/strict";
import type { RefusalCode } from "../../src/wire/refusal_code.ts";
import { type CommandLine, decideLine, outcome, words } from "./decide_request.ts";

/** A command that runs, and its argument list where that differs from what was sent. */
export type AllowedRow = CommandLine | { readonly given: CommandLine; readonly want: string };

/** Registers one test a command that must run. `why` makes the names unique. */
export function testAllowed(why: string, rows: readonly AllowedRow[]): void {
  for (const row of rows) {
    const { given, want } = typeof row === "object" && "given" in row ? row : { given: row, want: undefined };
    Deno.test(`${why} runs: ${show(given)}`, async () => {
      assert.equal(outcome(await decideLine(given)), `allowed: ${want ?? words(given).join(" ")}`);
    });
  }
}

/** Registers one test a command that must be refused with the code. */
export function testRefused(why: string, code: RefusalCode, rows: readonly CommandLine[]): void {
  for (const given of rows) {
    Deno.test(`${why} is refused: ${show(given)}`, async () => {
      const decision = await decideLine(given);
      assert.equal(outcome(decision), code);
      assert.ok(decision.kind === "denied" && decision.reason.endsWith("."));
    });
  }
}

function show(line: CommandLine): string {
  const text = typeof line === "string" ? line : JSON.stringify(line);
  return text.length > 100 ? `${text.slice(0, 100)}… (${text.length})` : text;
}
