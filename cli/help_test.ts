import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { readCompletionTree } from "./action/completion_tree.ts";
import { COMMAND_NOTES } from "./command_notes.ts";
import { createProgramForPages } from "../tasks/read_cli_tree.ts";
import { runProgramUnderTest } from "../test/support/program_under_test.ts";

const GOLDEN = new URL("../test/golden/help/", import.meta.url);

/** The words of every subcommand; "" is the program itself. */
function everyPath(): string[] {
  return readCompletionTree(createProgramForPages()).filter(({ isAlias }) => !isAlias).map(({ path }) => path);
}

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

Deno.test("an option that several subcommands have is spelled the same in all of them, and takes the same forms", () => {
  const options = readCompletionTree(createProgramForPages()).flatMap(({ path, options }) =>
    options.map(({ names, value }) => ({
      path,
      long: names.at(-1) ?? "",
      short: names.length > 1 ? names[0] : "",
      value,
    }))
  );
  const shorts = new Map<string, Set<string | undefined>>();
  for (const { long, short } of options) shorts.set(long, (shorts.get(long) ?? new Set()).add(short));
  assert.deepEqual([...shorts].filter(([, found]) => found.size > 1).map(([long]) => long), []);
  assert.deepEqual(["--config", "--output", "--namespace"].map((long) => [...shorts.get(long) ?? []]), [
    ["-c"],
    ["-o"],
    ["-n"],
  ]);
  const forms = options.flatMap(({ long, value }) =>
    long === "--output" && value?.kind === "words" ? [value.words] : []
  );
  assert.ok(forms.length > 8);
  assert.deepEqual(forms.filter((words) => words.includes("json") !== words.includes("yaml")), []);
});

Deno.test("the help of every subcommand that takes a context of the nats program names its variables", () => {
  const taking = readCompletionTree(createProgramForPages())
    .filter(({ isAlias }) => !isAlias)
    .filter(({ options }) => options.some(({ value }) => value?.kind === "asked" && value.for === "contexts"))
    .map(({ path }) => path);
  assert.ok(taking.length > 5);
  assert.deepEqual(taking.filter((path) => !/NATS_URL/.test(JSON.stringify(COMMAND_NOTES[path] ?? ""))), []);
});
