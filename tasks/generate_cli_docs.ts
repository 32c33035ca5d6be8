import { writeFile } from "node:fs/promises";
import process from "node:process";
import { renderCliDocs } from "./render_cli_docs.ts";

/** Writes docs/cli.md from the program's tree of subcommands. */
await writeFile(new URL("../docs/cli.md", import.meta.url), renderCliDocs());
process.stdout.write("wrote docs/cli.md\n");
