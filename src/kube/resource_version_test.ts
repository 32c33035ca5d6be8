import assert from "node:assert/strict";
import { compareResourceVersions } from "./resource_version.ts";

const CASES: readonly { name: string; given: readonly [string, string]; want: "older" | "same" | "newer" | null }[] = [
  { name: "a smaller number is older", given: ["5", "7"], want: "older" },
  { name: "a shorter number is older, whatever its digits", given: ["99", "100"], want: "older" },
  { name: "equal numbers are the same", given: ["42", "42"], want: "same" },
  { name: "numbers beyond 2^53 keep their last digit", given: ["9007199254740993", "9007199254740992"], want: "newer" },
  { name: "numbers of forty digits compare", given: ["1".repeat(40), "1".repeat(39) + "2"], want: "older" },
  { name: "a word has no order", given: ["abc", "7"], want: null },
  { name: "0 is the API's word for any", given: ["0", "7"], want: null },
  { name: "leading zeros are no version", given: ["007", "7"], want: null },
  { name: "an empty version has no order", given: ["", "7"], want: null },
  { name: "a sign is no version", given: ["-1", "7"], want: null },
];

for (const { name, given, want } of CASES) {
  Deno.test(`compareResourceVersions: ${name}`, () => {
    const order = compareResourceVersions(...given);
    assert.equal(order === null ? null : order < 0 ? "older" : order > 0 ? "newer" : "same", want);
  });
}
