import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { REDACTION_RULES } from "../src/redaction/redaction.ts";
import { renderRedactionDocs } from "./render_redaction_docs.ts";

Deno.test("docs/redaction.md is up to date (deno task docs:redaction)", async () => {
  assert.equal(await readFile(new URL("../docs/redaction.md", import.meta.url), "utf8"), renderRedactionDocs());
});

Deno.test("the redaction page has a row for every rule", () => {
  const page = renderRedactionDocs();
  assert.deepEqual(REDACTION_RULES.filter((rule) => !page.includes(`\n| \`${rule}\` |`)), []);
});
