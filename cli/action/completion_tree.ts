import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/** What can follow an option or stand as an argument: some words, a file, or nothing that a shell could know. */
export type Completion =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "file" }
  | { readonly kind: "unknown" };

export interface CompletionOption {
  /** As typed: `-o`, `--output`. */
  readonly names: readonly string[];
  readonly description: string;
  /** What follows it; null for a switch. */
  readonly value: Completion | null;
}

/** One subcommand as completion scripts see it. */
export interface CompletionNode {
  /** The words after the program's name: "" for the program itself, "audit verify". */
  readonly path: string;
  readonly children: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletionOption[];
  readonly argument: Completion;
}

/** Flattens the program's tree, the program itself first. */
export function readCompletionTree(program: CommandUnknownOpts): CompletionNode[] {
  return readNode(program, []);
}

function readNode(command: CommandUnknownOpts, path: readonly string[]): CompletionNode[] {
  const help = command.createHelp();
  const children = help.visibleCommands(command).filter((child) => child.name() !== "help");
  const [argument] = command.registeredArguments;
  const node: CompletionNode = {
    path: path.join(" "),
    children: children.map((child) => ({ name: child.name(), description: child.description() })),
    options: help.visibleOptions(command).map((option) => ({
      names: [option.short, option.long].filter((name) => name !== undefined && name !== null),
      description: option.description,
      value: option.required || option.optional ? completionOf(option.argChoices, option.flags) : null,
    })),
    argument: argument === undefined ? { kind: "unknown" } : completionOf(argument.argChoices, argument.name()),
  };
  return [node, ...children.flatMap((child) => readNode(child, [...path, child.name()]))];
}

/** Files are recognised by the name that the help gives them. */
function completionOf(choices: readonly string[] | undefined, name: string): Completion {
  if (choices !== undefined) return { kind: "words", words: choices };
  return /\b(?:file|files|folder|dir)\b/i.test(name) ? { kind: "file" } : { kind: "unknown" };
}
