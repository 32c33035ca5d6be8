import assert from "node:assert/strict";
import { CHAIN_START, sealAuditLine } from "../src/commands/audit/audit_line.ts";
import { formatAuditText } from "./audit_text.ts";

Deno.test("audit lines for people: time, event and what is not empty, without the chain; other lines as they are", () => {
  const fields = {
    time: "2026-01-01T06:35:02.123Z",
    event: "ended",
    id: "a\u001b[2J",
    verdict: "allowed",
    layer: null,
    exit_code: 0,
    truncated: false,
    redactions: {},
    argv_sha256: "0".repeat(64),
  };
  const { line } = sealAuditLine(fields, { seq: 6, hash: CHAIN_START });
  assert.equal(
    formatAuditText(`${line}\nplain {\n`),
    '06:35:02.123 AUDIT commands: ended seq=7 id="a\\u001b[2J" verdict="allowed" exit_code=0\nplain {\n',
  );
});
