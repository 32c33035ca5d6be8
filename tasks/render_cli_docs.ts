import type { NoteRow } from "../cli/command_notes.ts";
import { markdownTable } from "./markdown_table.ts";
import { type CommandPage, readCliTree } from "./read_cli_tree.ts";

const INTRODUCTION = `# Command line

<!-- Written by \`deno task docs:cli\` from the program's own help. Change cli/commands/ and cli/command_notes.ts, not this page. -->

The program is \`agent\`. Results go to standard output, everything else to standard error. Options stand over environment
variables, those over the configuration file, the file over the defaults. \`agent help run\` and \`agent run --help\` print what
stands here, and \`deno task docs:man\` writes it as manual pages.

The subcommands that people use (\`tail\`, \`exec\`, \`fleet\`, \`history\`, \`send-event\`, \`validate-config --connect\`) also find
NATS as the \`nats\` program does. The address is the first of: \`--nats\`, \`--context\`, \`CENTRAL_ENDPOINT\`, the configuration
file, \`NATS_URL\`, the selected context, \`nats://127.0.0.1:4222\`. The login is the first of: \`--creds\` or \`--nkey\`, the
context that \`--context\` names, the agent's own variables and file, \`NATS_USER\` with \`NATS_PASSWORD\`, \`NATS_CREDS\`,
\`NATS_NKEY\`, \`NATS_TOKEN\`, the selected context. The login of a context that is only selected goes to its own address
and to \`NATS_URL\`, never to an address of the agent's own sources. \`agent run\` reads none of these.
`;

/** How the documentation's test runs an example that does not end by itself, or not with 0. */
const MARKS: readonly (readonly [beginning: string, mark: string])[] = [
  ["agent run", 'example: until "Watching events"'],
  ["agent tail", 'example: until "Listening on"'],
  ["agent incident", "example: not run: the id is of an incident that the reader has"],
  ["agent check-command --file", "example: exits 1"],
];

/** docs/cli.md: every subcommand with all that its help says. */
export function renderCliDocs(pages: readonly CommandPage[] = readCliTree()): string {
  return [INTRODUCTION, ...pages.map(renderPage)].join("\n");
}

function renderPage({ name, usage, description, children, arguments: args, options, notes }: CommandPage): string {
  return [
    `## ${name}\n`,
    `${sentence(description)}\n`,
    "```text",
    usage,
    "```\n",
    ...table("subcommand", "what it does", children),
    ...table("argument", "meaning", args),
    ...table("option", "meaning", options),
    ...notes.examples.map(renderExample),
    ...table("exit code", "meaning", notes.exitCodes),
    ...table("variable", "meaning", notes.environment ?? []),
    ...table("file", "meaning", notes.files ?? []),
  ].join("\n");
}

function renderExample(example: string): string {
  const mark = MARKS.find(([beginning]) => example.startsWith(beginning))?.[1];
  return [...(mark === undefined ? [] : [`<!-- ${mark} -->\n`]), "```sh", example, "```\n"].join("\n");
}

function table(head: string, meaning: string, rows: readonly NoteRow[]): string[] {
  if (rows.length === 0) return [];
  return [markdownTable([head, meaning], rows.map(([name, text]) => [`\`${name}\``, escapeHtml(text)]))];
}

const sentence = (text: string) => `${text.slice(0, 1).toUpperCase()}${escapeHtml(text.slice(1))}.`;
/** `<file>` in running text would be a tag, and \`*\` an emphasis. */
const escapeHtml = (text: string) => text.replaceAll("<", "&lt;").replaceAll("*", "\\*");
