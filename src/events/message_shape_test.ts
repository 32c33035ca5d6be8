import assert from "node:assert/strict";
import fc from "fast-check";
import { messageShape } from "./message_shape.ts";

const SAME: readonly (readonly [name: string, one: string, other: string])[] = [
  ["numbers", "Insufficient cpu on 3 nodes", "Insufficient cpu on 12 nodes"],
  ["a pod's name and uid", "Back-off in pod web-5d8-x_shop(0c9a1b7e)", "Back-off in pod web-77f-y_shop(11aa)"],
  ["what is in quotes", 'secret "db" not found', 'secret "cache" not found'],
  ["addresses and ports", "dial tcp 10.0.0.1:443: connect: refused", "dial tcp 10.9.0.1:6443: connect: refused"],
  ["times", "failed at 2026-11-20T03:10:00Z again", "failed at 2027-01-01T00:00:00Z again"],
  ["digests", "pulled a@sha256:12ab failed", "pulled a@sha256:99ff failed"],
  ["white space", "a  message\nof words", "a message of words"],
];

for (const [name, one, other] of SAME) {
  Deno.test(`message shape: ${name} do not count`, () => assert.equal(messageShape(one), messageShape(other)));
}

const OTHER: readonly (readonly [name: string, one: string, other: string])[] = [
  ["another finding", "SoftLockup: stuck for 26s", "ConntrackExceededKernel: table full"],
  ["another cause at the end", `failed: ${"x1 ".repeat(3_000)}no space left`, `failed: ${"x1 ".repeat(3_000)}denied`],
  ["another order", "from True to False", "from False to True"],
  ["words that touch", "a bc", "ab c"],
];

for (const [name, one, other] of OTHER) {
  Deno.test(`message shape: ${name} is another one`, () => assert.notEqual(messageShape(one), messageShape(other)));
}

Deno.test("message shape: any text has one of 14 characters at most", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 6_000 }), (text) => {
    const shape = messageShape(text);
    assert.match(shape, /^[0-9a-z]{2,14}$/);
    assert.equal(messageShape(text), shape);
  }));
});
