import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { DROP_REASONS } from "./drop_reason.ts";
import * as tables from "./label_values.ts";

const SOURCE = new URL("../", import.meta.url);
/** Where the tables themselves stand. */
const TABLES = /^telemetry\/(label_values|drop_reason)\.ts$/;

async function readProgram(): Promise<string> {
  const names = await readdir(SOURCE, { recursive: true });
  const program = names.filter((name) => /(?<!_test)\.ts$/.test(name) && !TABLES.test(name));
  return (await Promise.all(program.map((name) => readFile(new URL(name, SOURCE), "utf8")))).join("\n");
}

Deno.test("label values: every value of the tables is used somewhere in the program", async () => {
  const program = await readProgram();
  const { CATEGORIES, FAMILY_NAMES, WATCHED_RESOURCES, ...others } = tables;
  const values = [
    ...Object.values(others).flatMap((table) => Object.keys(table)),
    ...Object.keys(DROP_REASONS),
    ...CATEGORIES,
    ...FAMILY_NAMES,
    ...WATCHED_RESOURCES,
  ];
  assert.ok(values.length > 60);
  assert.deepEqual(values.filter((value) => !program.includes(`"${value}"`)), []);
});
