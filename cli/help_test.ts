import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { Readable } from "node:stream";
import { readCompletionTree } from "./action/completion_tree.ts";
import { createProgram } from "./cli.ts";
import { runProgramUnderTest } from "../test/support/program_under_test.ts";

const GOLDEN = new URL("../test/golden/help/", import.meta.url);

/** The words of every subcommand; "" is the program itself. */
function everyPath(): string[] {
  const write = () => true;
  const program = createProgram({
    stdout: { write },
    stderr: { write },
    stdin: Object.assign(emptyInput(), { isTTY: false }),
    env: {},
    signal: new AbortController().signal,
    setExitCode: () => {},
    endInOrder: () => {},
  });
  return readCompletionTree(program).filter(({ isAlias }) => !isAlias).map(({ path }) => path);
}

const emptyInput = () => Readable.from([]);

for (const path of everyPath()) {
  Deno.test(`agent ${path === "" ? "" : `${path} `}--help is as recorded (UPDATE_GOLDEN=1 records it anew)`, async () => {
    const { stdout, exitCode } = await runProgramUnderTest([
      ...path.split(" ").filter((word) => word !== ""),
      "--help",
    ]);
    assert.equal(exitCode, 0);
    assert.deepEqual(stdout.split("\n").filter((line) => line.length > 100), [], "no line is longer than its columns");
    const file = new URL(`${path === "" ? "agent" : path.replaceAll(" ", "_")}.txt`, GOLDEN);
    if (process.env["UPDATE_GOLDEN"] === "1") {
      await mkdir(GOLDEN, { recursive: true });
      await writeFile(file, stdout);
    }
    assert.equal(stdout, await readFile(file, "utf8"));
    assert.match(stdout, /\nExamples?:\n {2}.*agent/);
  });
}
