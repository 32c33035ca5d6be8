import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { COMMAND_NOTES } from "../cli/command_notes.ts";
import { readCliTree } from "./read_cli_tree.ts";
import { renderCliDocs } from "./render_cli_docs.ts";

Deno.test("docs/cli.md is up to date (deno task docs:cli)", async () => {
  assert.equal(await readFile(new URL("../docs/cli.md", import.meta.url), "utf8"), renderCliDocs());
});

Deno.test("the notes of the help are about subcommands that exist, and about each of them", () => {
  const names = readCliTree().map(({ name }) => name.replace(/^agent ?/, ""));
  assert.deepEqual(Object.keys(COMMAND_NOTES).toSorted(), names.toSorted());
});

Deno.test("every option with a value says what it is without it, or has an example that names it", () => {
  const unsaid = readCliTree().flatMap(({ name, options, notes }) =>
    options.filter(([flags, meaning]) =>
      flags.includes("<") && !meaning.includes("default") &&
      !notes.examples.some((example) =>
        example.includes(flags.split(/[ ,]+/).find((word) => word.startsWith("--")) ?? "?")
      )
    ).map(([flags]) => `${name} ${flags}`)
  );
  assert.deepEqual(unsaid, []);
});

Deno.test("no line of an example of the help is wider than a terminal of 100 columns", () => {
  const wide = readCliTree().flatMap(({ notes }) => notes.examples).filter((example) => example.length > 98);
  assert.deepEqual(wide, []);
});
