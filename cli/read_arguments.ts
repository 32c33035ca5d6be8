import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";

/** What the words of a command line come to before they are parsed. */
type ReadArguments =
  | { readonly kind: "parse"; readonly args: readonly string[] }
  /** No such subcommand; `meant` are those that were probably meant. */
  | { readonly kind: "unknown"; readonly word: string; readonly meant: readonly string[] };

/** What people type who have other programs in their fingers. */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  apply: ["fleet setup"],
  check: ["validate-config", "check-command", "audit verify"],
  clusters: ["fleet"],
  config: ["validate-config"],
  detect: ["detect-cluster"],
  events: ["tail", "history"],
  get: ["fleet", "exec"],
  id: ["detect-cluster"],
  incidents: ["incident", "tail --incidents"],
  kubectl: ["exec CLUSTER kubectl"],
  lint: ["validate-config"],
  list: ["fleet"],
  log: ["tail", "history"],
  logs: ["tail", "history"],
  ps: ["fleet"],
  pub: ["send-event"],
  rules: ["test-rules"],
  setup: ["fleet setup"],
  start: ["run"],
  status: ["fleet", "validate-config --connect"],
  sub: ["tail"],
  test: ["test-rules", "send-event"],
  verify: ["audit verify"],
  watch: ["tail", "fleet --watch"],
};

/** Subcommands whose words from the tool on are another program's command line, and how many words stand before it. */
const FOREIGN: Readonly<Record<string, (flags: ReadonlySet<string>) => number>> = {
  exec: (flags) => flags.has("--all") || flags.has("--selector") ? 0 : 1,
  "check-command": () => 0,
};

/**
 * Makes of a command line what its user means: `help audit verify` is `audit verify --help`; in `exec prod kubectl get
 * pods -n shop` the options from the tool on are the tool's, as with `--` before it; and an unknown subcommand is told with
 * those that were probably meant, where the spelling alone does not say it.
 */
export function readArguments(program: CommandUnknownOpts, args: readonly string[]): ReadArguments {
  const [first, ...rest] = args;
  if (first === undefined || first.startsWith("-")) return { kind: "parse", args };
  if (first === "help") return rest.length === 0 ? { kind: "parse", args } : readHelp(program, rest);
  const command = childOf(program, first);
  if (command === null) return readUnknown(program, args, first);
  const [next = "-"] = rest;
  if (isUnknownChild(command, next)) {
    return {
      kind: "unknown",
      word: `${first} ${next}`,
      meant: command.commands.map((child) => `${first} ${child.name()}`),
    };
  }
  const before = FOREIGN[command.name()];
  return { kind: "parse", args: before === undefined ? args : [first, ...placeDashes(command, rest, before)] };
}

function readHelp(program: CommandUnknownOpts, words: readonly string[]): ReadArguments {
  let command = program;
  const path: string[] = [];
  for (const word of words.filter((one) => !one.startsWith("-"))) {
    const child = childOf(command, word);
    if (child === null) {
      if (command !== program) break; // an argument or a misspelt child: the help of its parent lists them
      return readUnknown(program, [word], word);
    }
    path.push(word);
    command = child;
  }
  return { kind: "parse", args: [...path, "--help"] };
}

/** commander finds what is misspelt; beginnings and other programs' words are found here. */
function readUnknown(program: CommandUnknownOpts, args: readonly string[], word: string): ReadArguments {
  const starts = program.commands.map((command) => command.name()).filter((name) => name.startsWith(word));
  const meant = Object.hasOwn(MEANT, word) ? MEANT[word] ?? [] : starts;
  return meant.length === 0 ? { kind: "parse", args } : { kind: "unknown", word, meant };
}

/** A word where only a child can stand: commander would count it as an argument too many. */
function isUnknownChild(command: CommandUnknownOpts, word: string): boolean {
  return command.commands.length > 0 && command.registeredArguments.length === 0 && !word.startsWith("-") &&
    word !== "help" && childOf(command, word) === null;
}

function childOf(command: CommandUnknownOpts, word: string): CommandUnknownOpts | null {
  return command.commands.find((child) => child.name() === word || child.aliases().includes(word)) ?? null;
}

/** Puts `--` before the tool, unless it stands there or before. */
function placeDashes(
  command: CommandUnknownOpts,
  words: readonly string[],
  countBefore: (flags: ReadonlySet<string>) => number,
): readonly string[] {
  const flags = new Set<string>();
  const operands: number[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--") return words;
    if (!word.startsWith("-") || word === "-") {
      operands.push(at);
      const tool = operands[countBefore(flags)];
      if (tool !== undefined) return [...words.slice(0, tool), "--", ...words.slice(tool)];
      continue;
    }
    const [name = ""] = word.split("=");
    flags.add(name);
    if (takesNextWord(command.options, word)) at++;
  }
  return words;
}

function takesNextWord(options: readonly Option[], word: string): boolean {
  const option = options.find(({ long, short }) => word === long || word === short);
  return option !== undefined && option.required;
}
