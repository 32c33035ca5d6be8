import assert from "node:assert/strict";
import { toGoPattern } from "./chart_config_schema.ts";

const PATTERNS: readonly (readonly [string, string | null])[] = [
  ["^U[A-Z2-7]{55}$", "^U[A-Z2-7]{55}$"],
  ["^\\P{C}{0,253}$", "^\\P{C}{0,253}$"],
  ["^\\/\\P{Cc}{0,4095}$", "^\\/\\P{Cc}*$"],
  ["^[^.]{1,2000}$", "^[^.]+$"],
  ["^a{0,100}(?:\\.[^.]{1,200}){0,8}$", "^a{0,100}(?:\\.[^.]{1,200})*$"],
  ["^(?:[a-z]{1,64}\\.){1,8}$", "^(?:[a-z]{1,64}\\.){1,8}$"],
  ["^(?=.{1,253}$)[a-z]+$", null],
  ["^(?!LD_)[A-Z_]+$", null],
];

for (const [pattern, want] of PATTERNS) {
  Deno.test(`a pattern for Go: ${pattern}`, () => assert.equal(toGoPattern(pattern), want));
}
