import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Shell } from "../shell.ts";
import { type Completion, type CompletionNode, readCompletionTree } from "./completion_tree.ts";

/** Writes the completion script of `program` for a shell. */
export function writeCompletion(shell: Shell, program: CommandUnknownOpts): string {
  const nodes = readCompletionTree(program);
  const lines = { bash: writeBash, zsh: writeZsh, fish: writeFish }[shell](program.name(), nodes);
  return lines.join("\n") + "\n";
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const optionNames = (node: CompletionNode) => node.options.flatMap((option) => option.names);
const childNames = (node: CompletionNode) => node.children.map((child) => child.name);

/** The lines that find out which subcommand is being typed: the longest known path among the words before the cursor. */
function writePathCases(nodes: readonly CompletionNode[]): string {
  return nodes.filter(({ path }) => path !== "").map(({ path }) => quote(path)).join("|");
}

function writeBash(name: string, nodes: readonly CompletionNode[]): string[] {
  const reply = (completion: Completion) =>
    completion.kind === "words" && completion.list
      ? `COMPREPLY=($(compgen -P "\${cur%"\${cur##*,}"}" -W ${quote(completion.words.join(" "))} -- "\${cur##*,}"))`
      : completion.kind === "words"
      ? `COMPREPLY=($(compgen -W ${quote(completion.words.join(" "))} -- "$cur"))`
      : completion.kind === "file"
      ? 'COMPREPLY=($(compgen -f -- "$cur"))'
      : completion.kind === "asked"
      ? `COMPREPLY=($(compgen -W "$(_${name}_ask ${completion.for})" -- "$cur"))`
      : "COMPREPLY=()";
  const values = nodes.flatMap((node) =>
    node.options.flatMap(({ names, value }) =>
      value === null ? [] : [
        `    ${names.map((option) => quote(`${node.path} ${option}`)).join("|")}) ${reply(value)}; return ;;`,
      ]
    )
  );
  const words = nodes.map((node) =>
    `    ${quote(node.path)}) options=${quote(optionNames(node).join(" "))}; words=${
      quote(wordsOf(node).join(" "))
    }; ` +
    `files=${node.argument.kind === "file" ? "1" : ""}; asked=${
      node.argument.kind === "asked" ? `${lastWord(node)}:${node.argument.for}` : ""
    } ;;`
  );
  return [
    // Only plain words come back: bash expands what it is given to choose from.
    `_${name}_ask() { "\${COMP_WORDS[0]}" __complete "$1" -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null; }`,
    `_${name}() {`,
    '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" sub="" word options words files asked',
    // --output=json is three words to bash.
    '  if [[ $cur == "=" ]]; then cur=""; elif [[ $prev == "=" ]]; then prev="${COMP_WORDS[COMP_CWORD-2]}"; fi',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    case "${sub:+$sub }$word" in',
    `      ${writePathCases(nodes)}) sub="\${sub:+$sub }$word" ;;`,
    "    esac",
    "  done",
    '  case "$sub $prev" in',
    ...values,
    "  esac",
    '  case "$sub" in',
    ...words,
    "  esac",
    '  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$cur"))',
    `  elif [[ -n $asked && $prev == "\${asked%%:*}" ]]; then COMPREPLY=($(compgen -W "$(_${name}_ask "\${asked#*:}")" -- "$cur"))`,
    '  elif [[ -n $files ]]; then COMPREPLY=($(compgen -f -- "$cur"))',
    '  else COMPREPLY=($(compgen -W "$words" -- "$cur")); fi',
    "}",
    `complete -o filenames -F _${name} ${name}`,
  ];
}

/** An argument is completed right behind its subcommand: what follows it is something else. */
const lastWord = ({ path }: CompletionNode) => path.split(" ").at(-1) ?? "";

function wordsOf(node: CompletionNode): readonly string[] {
  return [...childNames(node), ...(node.argument.kind === "words" ? node.argument.words : [])];
}

function writeZsh(name: string, nodes: readonly CompletionNode[]): string[] {
  // _describe takes "word:description"; a colon in a word needs a backslash.
  const described = (word: string, description: string) => quote(`${word.replaceAll(":", "\\:")}:${description}`);
  const offer = (completion: Completion) =>
    completion.kind === "words" && completion.list
      ? `compset -P "*,"; compadd -- ${completion.words.map(quote).join(" ")}`
      : completion.kind === "words"
      ? `compadd -- ${completion.words.map(quote).join(" ")}`
      : completion.kind === "file"
      ? "_files"
      : completion.kind === "asked"
      ? `compadd -- \${(f)"$("\${words[1]}" __complete ${completion.for} -- "\${(@)words[2,CURRENT-1]}" 2>/dev/null)"}`
      : "_message value";
  const values = nodes.flatMap((node) =>
    node.options.flatMap(({ names, value }) =>
      value === null
        ? []
        : [`    ${names.map((option) => quote(`${node.path} ${option}`)).join("|")}) ${offer(value)}; return ;;`]
    )
  );
  const cases = nodes.map((node) => {
    const options = node.options.flatMap((option) => option.names.map((flag) => described(flag, option.description)));
    const children = node.children.map((child) => described(child.name, child.description));
    return [
      `    ${quote(node.path)})`,
      `      if [[ $cur == -* ]]; then entries=(${options.join(" ")}); _describe option entries`,
      children.length > 0
        ? `      else entries=(${children.join(" ")}); _describe subcommand entries; fi ;;`
        : node.argument.kind === "asked"
        ? `      elif [[ $prev == ${lastWord(node)} ]]; then ${offer(node.argument)}; fi ;;`
        : `      else ${offer(node.argument)}; fi ;;`,
    ].join("\n");
  });
  return [
    `#compdef ${name}`,
    `_${name}() {`,
    '  local cur="${words[CURRENT]}" prev="${words[CURRENT-1]}" sub="" word',
    "  local -a entries",
    '  if [[ $cur == --*=* ]]; then prev="${cur%%=*}"; compset -P "*="; fi',
    '  for word in "${(@)words[2,CURRENT-1]}"; do',
    '    case "${sub:+$sub }$word" in',
    `      ${writePathCases(nodes)}) sub="\${sub:+$sub }$word" ;;`,
    "    esac",
    "  done",
    '  case "$sub $prev" in',
    ...values,
    "  esac",
    '  case "$sub" in',
    ...cases,
    "  esac",
    "}",
    `if [[ $funcstack[1] == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi`,
  ];
}

function writeFish(name: string, nodes: readonly CompletionNode[]): string[] {
  const when = (node: CompletionNode) => `-n ${quote(`test (__${name}_path) = ${quote(node.path)}`)}`;
  const value = (completion: Completion | null) =>
    completion === null
      ? ""
      : completion.kind === "words" && completion.list
      ? ` -x -a '(__${name}_list ${completion.words.join(" ")})'`
      : completion.kind === "words"
      ? ` -x -a ${quote(completion.words.join(" "))}`
      : completion.kind === "file"
      ? " -r -F"
      : completion.kind === "asked"
      ? ` -x -a '(__${name}_ask ${completion.for})'`
      : " -x";
  const optionLine = (node: CompletionNode, option: CompletionNode["options"][number]) => {
    const names = option.names.map((flag) => flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`);
    return `complete -c ${name} ${when(node)} ${names.join(" ")}${value(option.value)} -d ${quote(option.description)}`;
  };
  return [
    `function __${name}_ask`,
    "  set -l typed (commandline -opc)",
    "  $typed[1] __complete $argv[1] -- $typed[2..-1] 2>/dev/null",
    "end",
    `function __${name}_list`,
    "  set -l done (commandline -ct | string replace -r '^--[^=]*=' '' | string replace -r '[^,]*$' '')",
    "  for word in $argv; echo $done$word; end",
    "end",
    `function __${name}_path`,
    "  set -l sub ''",
    "  for word in (commandline -opc)[2..-1]",
    '    switch (string trim -- "$sub $word")',
    `      case ${nodes.filter(({ path }) => path !== "").map(({ path }) => quote(path)).join(" ")}`,
    '        set sub (string trim -- "$sub $word")',
    "    end",
    "  end",
    "  echo $sub",
    "end",
    `complete -c ${name} -f`,
    ...nodes.flatMap((node) => [
      ...node.children.map((child) =>
        `complete -c ${name} ${when(node)} -a ${quote(child.name)} -d ${quote(child.description)}`
      ),
      ...(node.argument.kind === "words"
        ? [`complete -c ${name} ${when(node)} -a ${quote(node.argument.words.join(" "))}`]
        : node.argument.kind === "file"
        ? [`complete -c ${name} ${when(node)} -F`]
        : node.argument.kind === "asked"
        ? [
          `complete -c ${name} -n ${quote(`test (commandline -opc)[-1] = ${lastWord(node)}`)} ` +
          `-a '(__${name}_ask ${node.argument.for})'`,
        ]
        : []),
      ...node.options.map((option) => optionLine(node, option)),
    ]),
  ];
}
