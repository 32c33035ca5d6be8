import assert from "node:assert/strict";
import fc from "fast-check";
import { occurrenceId } from "./message_id.ts";

Deno.test("message id: it stays the same over releases, or copies would not be recognised", () => {
  assert.equal(occurrenceId("prod", "uid-1", "101"), "194cdec6e4f3003fddce56dde546fdb5");
});

Deno.test("message id: cluster, uid and version each make another id, wherever the border between them lies", () => {
  const parts: readonly (readonly [string, string, string])[] = [
    ["prod", "uid-1", "101"],
    ["staging", "uid-1", "101"],
    ["prod", "uid-2", "101"],
    ["prod", "uid-1", "102"],
    ["prodlong", "uid", "101"],
    ["prod", "longuid", "101"],
    ["prod", "uid-11", "01"],
  ];
  assert.equal(new Set(parts.map((each) => occurrenceId(...each))).size, parts.length);
});

Deno.test("message id: any parts make 32 hexadecimal digits, the same ones each time", () => {
  fc.assert(fc.property(fc.string(), fc.string(), fc.string(), (...parts) => {
    assert.match(occurrenceId(...parts), /^[0-9a-f]{32}$/);
    assert.equal(occurrenceId(...parts), occurrenceId(...parts));
  }));
});
