import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { scanSegment } from "./scan_segment.ts";
import type { SpoolMessage } from "./spool.ts";
import { decodeRecord, encodeRecord, sizeMessage } from "./spool_record.ts";
import { decodeAcknowledged, encodeAcknowledged } from "./acknowledged_entry.ts";

const STAMP = { sequence: 7, enqueuedAtMs: 1_700_000_000_000.5, salt: 0xdecade };

function record(message: SpoolMessage, stamp = STAMP): Buffer {
  const sized = sizeMessage(message);
  assert.ok(sized !== null);
  const bytes = Buffer.alloc(sized.sizeBytes);
  assert.equal(encodeRecord(bytes, 0, sized, stamp), bytes.length);
  return bytes;
}

const text = (body: string, id = "e1"): SpoolMessage => ({
  kind: "event",
  id,
  subject: "agent.event.prod",
  severity: "high",
  body: new TextEncoder().encode(body),
});
const scan = (bytes: Buffer) => scanSegment(bytes, { salt: STAMP.salt, startOffset: 0, firstSequence: 1 });

const messages = fc.record({
  kind: fc.constantFrom("event" as const, "metrics" as const, "result" as const),
  id: fc.string({ unit: "binary" }).map((value) => value.toWellFormed()),
  subject: fc.string(),
  body: fc.uint8Array({ maxLength: 300 }),
}, { requiredKeys: ["kind", "id", "subject", "body"] });

const HEADER_NAME = fc.stringMatching(/^[A-Za-z][A-Za-z-]{0,20}$/);

Deno.test("spool record: any message comes back as it was", () => {
  fc.assert(fc.property(messages, fc.option(fc.dictionary(HEADER_NAME, fc.string())), (message, headers) => {
    const given = headers === null ? message : { ...message, headers };
    const decoded = decodeRecord(record(given), 0, STAMP.salt);
    assert.deepEqual(
      decoded?.message.headers === undefined ? undefined : { ...decoded.message.headers },
      headers === null ? undefined : { ...headers },
    );
    assert.equal(decoded?.message.id, message.id);
    assert.deepEqual(decoded?.message.body, message.body);
    assert.equal(decoded?.enqueuedAtMs, STAMP.enqueuedAtMs);
  }));
});

Deno.test("spool record: a change of any one byte is noticed", () => {
  const bytes = record(text("body"));
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 0x01;
    assert.equal(decodeRecord(changed, 0, STAMP.salt), null, `byte ${at}`);
  }
});

Deno.test("spool record: an id that no header can hold is refused", () => {
  assert.equal(sizeMessage(text("body", "x".repeat(70_000))), null);
});

Deno.test("spool scan: any bytes at all are survived", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
    assert.deepEqual(scan(Buffer.from(bytes)).records, []);
  }));
});

Deno.test("spool scan: a damaged middle is skipped and counted, what follows is found", () => {
  const parts = [1, 2, 3].map((sequence) => record(text(`body ${sequence}`), { ...STAMP, sequence }));
  const bytes = Buffer.concat(parts);
  bytes[(parts[0]?.length ?? 0) + 40] = 0;
  const found = scan(bytes);
  assert.deepEqual(found.records.map(({ sequence }) => sequence), [1, 3]);
  assert.equal(found.damaged, 1);
  assert.equal(found.tornBytes, 0);
});

Deno.test("spool scan: a torn end is measured", () => {
  const whole = record(text("whole"), { ...STAMP, sequence: 1 });
  const torn = record(text("torn"), { ...STAMP, sequence: 2 });
  const found = scan(Buffer.concat([whole, torn.subarray(0, 20)]));
  assert.equal(found.endOffset, whole.length);
  assert.equal(found.tornBytes, 20);
  assert.equal(found.damaged, 0);
});

Deno.test("spool scan: a forged record in the body of a damaged one does not pass", () => {
  const forged = record({ ...text("forged"), subject: "agent.command.other" }, { ...STAMP, sequence: 9, salt: 0 });
  const outer = record({ ...text(""), body: forged });
  outer.writeUInt8(0xee, 12);
  assert.deepEqual(scan(outer).records, []);
});

Deno.test("spool acknowledgements: entries around a damaged place are kept", () => {
  const bytes = encodeAcknowledged([5, 6, 2 ** 40, 8], STAMP.salt);
  assert.deepEqual([...decodeAcknowledged(bytes, STAMP.salt)], [5, 6, 2 ** 40, 8]);
  bytes[13] = (bytes[13] ?? 0) ^ 1;
  assert.deepEqual([...decodeAcknowledged(bytes, STAMP.salt)], [5, 2 ** 40, 8]);
  const shifted = Buffer.concat([Buffer.from([1, 2, 3]), encodeAcknowledged([9], STAMP.salt)]);
  assert.deepEqual([...decodeAcknowledged(shifted, STAMP.salt)], [9]);
  assert.deepEqual([...decodeAcknowledged(encodeAcknowledged([9], 1), 2)], []);
});
