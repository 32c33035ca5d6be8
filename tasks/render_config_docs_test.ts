import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { configSchema } from "../src/config/config_schema.ts";
import { ENVIRONMENT } from "../src/config/environment.ts";
import { formatKeyPath } from "../src/config/key_path.ts";
import { allFields, readSchemaTree } from "../src/config/schema_tree.ts";
import { renderConfigDocs } from "./render_config_docs.ts";

Deno.test("docs/configuration.md is up to date (deno task docs:config)", async () => {
  assert.equal(await readFile(new URL("../docs/configuration.md", import.meta.url), "utf8"), renderConfigDocs());
});

Deno.test("every key has a description, and every variable sets a known key", () => {
  const fields = allFields(readSchemaTree(configSchema));
  assert.deepEqual(fields.filter(({ description }) => description === "").map(({ path }) => formatKeyPath(path)), []);
  const known = new Set(fields.map(({ path }) => formatKeyPath(path)));
  assert.deepEqual(ENVIRONMENT.filter(({ path }) => !known.has(formatKeyPath(path))), []);
});
