import { writeFile } from "node:fs/promises";
import process from "node:process";
import { renderObjectRulesDocs } from "./render_object_rules_docs.ts";

/** Writes docs/object-rules.md from the rules about objects. */
await writeFile(new URL("../docs/object-rules.md", import.meta.url), renderObjectRulesDocs());
process.stdout.write("wrote docs/object-rules.md\n");
