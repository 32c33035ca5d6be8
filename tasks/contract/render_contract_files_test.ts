import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { renderContractFiles } from "./render_contract_files.ts";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => readFile(new URL(path, ROOT), "utf8");
const VERSION = String(JSON.parse(await read("deno.json")).version);

for (const [path, text] of Object.entries(await renderContractFiles(VERSION))) {
  Deno.test(`${path} is up to date (deno task docs:asyncapi)`, async () => {
    assert.equal(await read(path), text);
  });
}
