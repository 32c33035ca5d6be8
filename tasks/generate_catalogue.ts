import { writeFile } from "node:fs/promises";
import process from "node:process";
import { renderCatalogueDocs } from "./render_catalogue_docs.ts";

/** Writes docs/catalogue.md from the built-in rules. */
await writeFile(new URL("../docs/catalogue.md", import.meta.url), renderCatalogueDocs());
process.stdout.write("wrote docs/catalogue.md\n");
