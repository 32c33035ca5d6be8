import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { CLUSTER_STATES } from "../../src/fleet/cluster_view.ts";
import type { CompletedKind } from "../shell.ts";

/** What can follow an option or stand as an argument: some words, a file, what the program knows, or nothing. */
export type Completion =
  /** `list`: several of them, with commas. */
  | { readonly kind: "words"; readonly words: readonly string[]; readonly list?: true }
  | { readonly kind: "file" }
  /** The program itself is asked while somebody types. */
  | { readonly kind: "asked"; readonly for: CompletedKind }
  | { readonly kind: "unknown" };

interface CompletionOption {
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
  /** Whether another node has the same subcommand under its name. */
  readonly isAlias: boolean;
  readonly children: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletionOption[];
  readonly argument: Completion;
}

/** Flattens the program's tree, the program itself first. */
export function readCompletionTree(program: CommandUnknownOpts): CompletionNode[] {
  return readNode(program, [], false);
}

function readNode(command: CommandUnknownOpts, path: readonly string[], isAlias: boolean): CompletionNode[] {
  const help = command.createHelp();
  const children = help.visibleCommands(command).filter((child) => child.name() !== "help");
  const [argument] = command.registeredArguments;
  const node: CompletionNode = {
    path: path.join(" "),
    isAlias,
    children: children.map((child) => ({ name: child.name(), description: child.description() })),
    options: help.visibleOptions(command).map((option) => ({
      names: [option.short, option.long].filter((name) => name !== undefined && name !== null),
      description: option.description,
      value: option.required || option.optional
        ? completionOf(option.argChoices, option.flags, option.description)
        : null,
    })),
    argument: argument === undefined
      ? { kind: "unknown" }
      : completionOf(argument.argChoices, argument.name(), argument.description),
  };
  // Who types an alias wants its options too, though only the name is offered.
  const below = children.flatMap((child) =>
    [child.name(), ...child.aliases()].flatMap((name) =>
      readNode(child, [...path, name], isAlias || name !== child.name())
    )
  );
  return [node, ...below];
}

/** What is known of a value whose parser takes more than some words, by the option's long name or the argument's. */
const KNOWN: Readonly<Record<string, Completion>> = {
  cluster: { kind: "asked", for: "clusters" },
  rule: { kind: "asked", for: "rules" },
  reason: { kind: "asked", for: "reasons" },
  stream: { kind: "asked", for: "streams" },
  state: { kind: "words", words: CLUSTER_STATES, list: true },
  replicas: { kind: "words", words: ["1", "3", "5"] },
};

/** Files and contexts are recognised by what the help calls them. */
function completionOf(choices: readonly string[] | undefined, name: string, description: string): Completion {
  if (choices !== undefined) return { kind: "words", words: choices };
  const known = KNOWN[/(?:--)?([a-z-]+)(?: <.*>)?$/.exec(name)?.[1] ?? ""];
  if (known !== undefined) return known;
  if (/context of the nats program/.test(description)) return { kind: "asked", for: "contexts" };
  if (/context in the kubeconfig/.test(description)) return { kind: "asked", for: "kube-contexts" };
  return /\b(?:file|files|folder|dir)\b/i.test(name) ? { kind: "file" } : { kind: "unknown" };
}
