import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import process from "node:process";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { writeProgram } from "../../sandbox/write_program.ts";
import { createProgramForPages } from "../../tasks/read_cli_tree.ts";
import { SHELLS } from "../shell.ts";
import { type Completion, type CompletionNode, readCompletionTree } from "./completion_tree.ts";
import { writeCompletion } from "./write_completion.ts";

/** Values that nobody can list, and why. Every other option and argument is completed. */
const OPEN: Readonly<Record<string, string>> = {
  "--nats": "addresses are not known before one is connected to",
  "--namespace": "namespaces are the cluster's, and globs",
  "--selector": "a condition",
  "--since": "a time",
  "--until": "a time",
  "--timeout": "a duration",
  "--last": "a number",
  "--limit": "a number",
  "--count": "a number",
  "--concurrency": "a number",
  "--health-port": "a number",
  "--message": "any text",
  "--object": "any object",
  "--expect-hash": "a hash",
  "--after": "a hash",
  "command": "what the policy allows is up to the agent",
  "id": "incidents come and go faster than a list of them is read",
};

const program = createProgramForPages();
const tree = readCompletionTree(program);
const options = tree.flatMap((node) =>
  node.options.flatMap(({ names, value }) => value === null ? [] : [{ node, name: names.at(-1) ?? "", value }])
);

Deno.test("completion: every value of an option or argument is listed, asked for, a file, or open for a reason", () => {
  const open = [
    ...options.filter(({ value }) => value.kind === "unknown").map(({ name }) => name),
    ...tree.flatMap(({ path, argument }) => argument.kind === "unknown" ? argumentNames(path) : []),
  ];
  assert.deepEqual([...new Set(open)].sort(), Object.keys(OPEN).sort());
});

Deno.test("completion: the parser takes every word that is offered", () => {
  const wrong = tree.flatMap(({ path }) =>
    commandAt(path).options.flatMap((option) => {
      const found = options.find(({ node, name }) => node.path === path && name === option.long)?.value;
      const parse = option.parseArg;
      if (found?.kind !== "words" || parse === undefined) return [];
      return found.words.filter((word) => !takes(() => parse(word, undefined))).map((word) => `${option.long} ${word}`);
    })
  );
  assert.deepEqual(wrong, []);
});

function takes(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}

function commandAt(path: string): CommandUnknownOpts {
  return path.split(" ").filter((word) => word !== "").reduce<CommandUnknownOpts>((command, word) => {
    const child = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    assert.ok(child, `${path} is no subcommand`);
    return child;
  }, program);
}

const argumentNames = (path: string) => commandAt(path).registeredArguments.slice(0, 1).map((one) => one.name());

/** What a shell must offer behind an option; `null`: files. */
function wanted(value: Completion): readonly string[] | null {
  switch (value.kind) {
    case "words":
      return [...value.words].sort();
    case "asked":
      return [`asked-${value.for}`];
    case "file":
      return null;
    case "unknown":
      return [];
  }
}

/** Completes behind each of the options, in one run; a line of words for each. */
type Shell = (asked: readonly (readonly string[])[]) => Promise<readonly string[]>;

/** A program that answers what it is asked for, so that nothing else has to run. */
const ASKED = 'agent() { if [[ $1 == __complete ]]; then echo "asked-$2"; fi; }';
const wordsOf = (node: CompletionNode) => node.path.split(" ").filter((word) => word !== "");
const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(" ");
const run = (shell: string, args: readonly string[], source: string, env = process.env) =>
  execFileSync(shell, [...args, "-c", source], { encoding: "utf8", env }).trimEnd().split("\n");

const RUN: Readonly<Record<(typeof SHELLS)[number], Shell>> = {
  bash: (asked) => {
    const tries = asked.map((words) => {
      return `COMP_WORDS=(${quoted(words)}); COMP_CWORD=${words.length - 1}; _agent; echo "+\${COMPREPLY[*]}"`;
    });
    return Promise.resolve(run("bash", [], [writeCompletion("bash", program), ASKED, ...tries].join("\n")));
  },
  // Outside of its line editor zsh has no compadd: what the script hands to it is what it would offer.
  zsh: (asked) => {
    const stubs = [
      "compdef() { }; compset() { }; _message() { }; _describe() { }; _files() { found+=(a-file) }",
      'compadd() { shift; found+=("$@") }',
    ];
    const tries = asked.map((words) => {
      return `words=(${quoted(words)}); CURRENT=${words.length}; found=(); _agent; print -r -- "+$found"`;
    });
    return Promise.resolve(run("zsh", ["-f"], [...stubs, writeCompletion("zsh", program), ASKED, ...tries].join("\n")));
  },
  fish: async (asked) => {
    await using dir = await createTempDir("fish");
    await writeProgram(dir.file("agent"), '#!/bin/sh\necho "asked-$2"\n');
    const env = { ...process.env, HOME: dir.path, PATH: `${dir.path}:${process.env.PATH}` };
    const tries = asked.map((words) =>
      `echo +(string join -- ' ' (complete -C '${words.join(" ")}' | string replace -r '\\t.*' ''))`
    );
    return run("fish", ["--no-config"], [writeCompletion("fish", program), ...tries].join("\n"), env);
  },
};

for (const shell of SHELLS) {
  Deno.test({
    name: `completion: ${shell} offers behind every option what the tree says`,
    ignore: spawnSync(shell, ["--version"]).status !== 0,
    fn: async () => {
      const lines = await RUN[shell](options.map(({ node, name }) => ["agent", ...wordsOf(node), name, ""]));
      assert.equal(lines.length, options.length);
      for (const [index, { node, name, value }] of options.entries()) {
        const found = (lines[index] ?? "").slice(1).split(" ").filter((word) => word !== "").sort();
        const want = wanted(value);
        assert.deepEqual(want === null ? found.length > 0 : found, want ?? true, `agent ${node.path} ${name}`);
      }
    },
  });

  Deno.test({
    name: `completion: ${shell} completes behind a comma, and behind =`,
    ignore: spawnSync(shell, ["--version"]).status !== 0,
    fn: async () => {
      // bash has cut the word at the = already.
      const equals = shell === "bash" ? ["--output", "=", "j"] : ["--output=j"];
      const [list, form] = await RUN[shell]([
        ["agent", "fleet", "--state", "fresh,sta"],
        ["agent", "tail", ...equals],
      ]);
      // zsh keeps what stands before by itself, and chooses by what is typed.
      const offers = (line: string | undefined, word: string) => (line ?? "").slice(1).split(" ").includes(word);
      assert.ok(offers(list, shell === "zsh" ? "stale" : "fresh,stale"), list);
      assert.ok(offers(form, shell === "fish" ? "--output=json" : "json"), form);
    },
  });
}
