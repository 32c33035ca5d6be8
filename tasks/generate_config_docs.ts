import { writeFile } from "node:fs/promises";
import process from "node:process";
import { renderConfigDocs } from "./render_config_docs.ts";

/** Writes docs/configuration.md from the schema. */
await writeFile(new URL("../docs/configuration.md", import.meta.url), renderConfigDocs());
process.stdout.write("wrote docs/configuration.md\n");
