import { writeFile } from "node:fs/promises";
import process from "node:process";
import { renderRedactionDocs } from "./render_redaction_docs.ts";

/** Writes docs/redaction.md from the tables of rules and names. */
await writeFile(new URL("../docs/redaction.md", import.meta.url), renderRedactionDocs());
process.stdout.write("wrote docs/redaction.md\n");
