import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import * as z from "zod/mini";
import { classify } from "./classify.ts";
import { compileCatalogue } from "./compile_rules.ts";
import { normalizeEvent } from "./normalize_event.ts";

/** An event as a component writes it, with its count and how many seconds it has lasted. */
const rowSchema = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  z.string(),
  z.string(),
  z.string(),
  z.string(),
  z.string(),
  z.number(),
  z.number(),
], z.string());
type Row = z.infer<typeof rowSchema>;

const START_MS = Date.UTC(2026, 10, 29);
const RIGHT_SHARE = 0.95;
const QUIET_SHARE = 0.01;
const catalogue = compileCatalogue();

async function readRows(name: string): Promise<readonly Row[]> {
  const text = await readFile(new URL(`../../test/fixtures/${name}.jsonl`, import.meta.url), "utf8");
  return text.trim().split("\n").map((line) => rowSchema.parse(JSON.parse(line)));
}

/** `high by unknown.failed`, or `none by …`. */
function verdictOf([type, apiVersion, kind, namespace, name, component, reason, message, count, lasted]: Row): string {
  const event = normalizeEvent({
    metadata: { uid: "u", resourceVersion: "1", name: "e", namespace: namespace === "" ? "default" : namespace },
    involvedObject: { apiVersion, kind, name, namespace },
    type,
    reason,
    message,
    count,
    firstTimestamp: new Date(START_MS).toISOString(),
    lastTimestamp: new Date(START_MS + lasted * 1_000).toISOString(),
    source: { component },
  });
  assert.ok(event);
  const verdict = classify(catalogue, event, { unknownWarnings: "report" });
  return verdict.kind === "fault" ? `${verdict.severity} by ${verdict.rule}` : `none by ${verdict.rule}`;
}

const tell = ([type, , kind, namespace, , component, reason, message]: Row) =>
  `${type} ${reason} of ${component} about a ${kind} in ${namespace}, ${JSON.stringify(message.slice(0, 100))}`;

Deno.test("event sets: of events from many clusters nearly all have a severity that is right", async () => {
  const rows = await readRows("reported_events");
  const wrong = rows.flatMap((row) => {
    const right = row[10] ?? "";
    const verdict = verdictOf(row);
    return right.split(" or ").includes(verdict.split(" ")[0] ?? "")
      ? []
      : [`${verdict}, right: ${right}: ${tell(row)}`];
  });
  assert.ok(rows.length > 300 && wrong.length <= rows.length * (1 - RIGHT_SHARE), wrong.join("\n"));
});

Deno.test("event sets: a quiet day of a healthy cluster has some reports of severity low, and no others", async () => {
  const rows = await readRows("quiet_day");
  const reports = rows.map((row) => `${verdictOf(row)}: ${tell(row)}`).filter((verdict) => !verdict.startsWith("none"));
  assert.ok(rows.length >= 1_000 && reports.length <= rows.length * QUIET_SHARE, reports.join("\n"));
  assert.deepEqual(reports.filter((report) => !report.startsWith("low ")), []);
});
