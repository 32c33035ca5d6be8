import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { runTool } from "../sandbox/run_tool.ts";
import { createTempDir } from "../sandbox/temp_dir.ts";
import { readCliTree } from "./read_cli_tree.ts";
import { manFileName, renderManPage } from "./render_man_page.ts";

const FACTS = { version: "1.2.3", date: "2026-01-31" };
const PAGES = readCliTree();
const MANDOC = ["/usr/bin/mandoc", "/usr/local/bin/mandoc", "/opt/homebrew/bin/mandoc"].find((path) =>
  existsSync(path)
);

function render(name: string): string {
  const page = PAGES.find((candidate) => candidate.name === name);
  assert.ok(page !== undefined, name);
  return renderManPage(page, PAGES, FACTS);
}

Deno.test("a manual page has what the help has, with hyphens that can be copied", () => {
  const page = render("agent exec");
  assert.match(page, /^\.TH AGENT\\-EXEC 1 "2026-01-31" "agent 1\.2\.3" "User Commands"\n\.SH NAME\nagent\\-exec \\- /);
  assert.match(page, /^\.B agent exec\n\[options\] \[cluster\] \[command\.\.\.\]$/m);
  assert.match(page, /^\.B \\-\\-timeout <duration>$/m);
  for (
    const title of ["SYNOPSIS", "DESCRIPTION", "ARGUMENTS", "OPTIONS", "EXAMPLES", "EXIT STATUS", "FILES", "SEE ALSO"]
  ) {
    assert.ok(page.includes(`\n.SH ${title}\n`), title);
  }
});

Deno.test("no text of a manual page begins like a request that it is not", () => {
  const known = /^\.(TH|SH|TP|B|nf|fi)( |$)/;
  const strange = PAGES.flatMap(({ name }) => render(name).split("\n")).filter((line) =>
    /^['.]/.test(line) && !known.test(line)
  );
  assert.deepEqual(strange, []);
});

Deno.test({
  name: "mandoc has nothing to say against any manual page (needs mandoc)",
  ignore: MANDOC === undefined,
  async fn() {
    await using folder = await createTempDir("man");
    const files = PAGES.map((page) => folder.file(manFileName(page)));
    for (const [index, page] of PAGES.entries()) await writeFile(files[index] ?? "", render(page.name));
    const { code, stdout, stderr } = await runTool(MANDOC ?? "", ["-T", "lint", "-W", "warning", ...files]);
    assert.deepEqual([code, stdout, stderr], [0, "", ""]);
  },
});
