import assert from "node:assert/strict";
import { CATALOGUE } from "./catalogue/catalogue.ts";
import { encodeEvent } from "./encode_event.ts";
import { faultKey } from "./fault_key.ts";
import { normalizeEvent } from "./normalize_event.ts";
import { createEventRedaction } from "./redact_texts.ts";

const SECRET = "hunter2-hunter2";
const FAULT = { kind: "fault", rule: "a.b", severity: "low", category: "a", explanation: "" } as const;

function eventOf(texts: Readonly<Record<string, string>>) {
  const { fieldPath = "", ...others } = texts;
  const event = normalizeEvent({
    metadata: { uid: "u", resourceVersion: "1", name: "e", namespace: "shop" },
    involvedObject: { kind: "Pod", namespace: "shop", name: "web-1", fieldPath },
    type: "Warning",
    reason: "Failed",
    message: "x",
    ...others,
  });
  assert.ok(event);
  return event;
}

for (const field of ["message", "reason", "fieldPath", "reportingComponent", "reportingInstance"]) {
  Deno.test(`event redaction: a password in the ${field} does not leave`, () => {
    const event = eventOf({ [field]: `DB_PASSWORD=${SECRET}` });
    const report = JSON.stringify(encodeEvent("prod", event, FAULT, "ADDED", 0).event);
    assert.ok(!report.includes(SECRET) && report.includes("[REDACTED:"), report);
  });
}

Deno.test("event redaction: the id and the key are those of what was written", () => {
  const [one, other] = [eventOf({ reason: "password=abcdefgh1" }), eventOf({ reason: "password=abcdefgh2" })];
  assert.notEqual(faultKey(one, FAULT), faultKey(other, FAULT));
  const plain = encodeEvent("prod", one, FAULT, "ADDED", 0, (text) => text);
  assert.equal(encodeEvent("prod", one, FAULT, "ADDED", 0).id, plain.id);
});

Deno.test("event redaction: a secret that the limit of a message cuts in two does not leave by half", () => {
  const block = `-----BEGIN RSA PRIVATE KEY-----\n${
    "MIIEpAIBAAKCAQEA7bq9xGZJ1n0z8h3m5kTq2WcVfYrLsDpN4uEoXa6RjHgQ\n".repeat(400)
  }`;
  const { event } = encodeEvent("prod", eventOf({ message: block }), FAULT, "ADDED", 0);
  assert.ok(!event.message.includes("MIIEpAIBAAKCAQEA"), event.message.slice(0, 200));
});

Deno.test("event redaction: no explanation of the catalogue is taken for a secret", () => {
  const redact = createEventRedaction();
  for (const { explanation } of CATALOGUE) assert.equal(redact(explanation), explanation);
});
