import type { NoteRow } from "../cli/command_notes.ts";
import type { CommandPage } from "./read_cli_tree.ts";

/** What the head of a manual page says beside its name. */
export interface ManualFacts {
  readonly version: string;
  /** `2026-01-31`. */
  readonly date: string;
}

/** `agent-audit-verify.1` for `agent audit verify`. */
export function manFileName({ name }: CommandPage): string {
  return `${name.replaceAll(" ", "-")}.1`;
}

/** One subcommand as a manual page of section 1. */
export function renderManPage(page: CommandPage, all: readonly CommandPage[], { version, date }: ManualFacts): string {
  const title = page.name.replaceAll(" ", "-");
  const [, ...usage] = page.usage.slice(page.name.length).split(/(?<=\s)/);
  const others = all.filter(({ name }) => name !== page.name).map(({ name }) => `${name.replaceAll(" ", "-")}(1)`);
  return [
    `.TH ${title.toUpperCase().replaceAll("-", "\\-")} 1 "${date}" "agent ${version}" "User Commands"`,
    ".SH NAME",
    `${escape(title)} \\- ${escape(page.description)}`,
    ".SH SYNOPSIS",
    `.B ${escape(page.name)}`,
    ...(usage.length === 0 ? [] : [escape(usage.join("").trim())]),
    ".SH DESCRIPTION",
    escape(`${page.description.slice(0, 1).toUpperCase()}${page.description.slice(1)}.`),
    ...section("SUBCOMMANDS", page.children),
    ...section("ARGUMENTS", page.arguments),
    ...section("OPTIONS", page.options),
    ".SH EXAMPLES",
    ".nf",
    ...page.notes.examples.map(escape),
    ".fi",
    ...section("EXIT STATUS", page.notes.exitCodes),
    ...section("ENVIRONMENT", page.notes.environment ?? []),
    ...section("FILES", page.notes.files ?? []),
    ".SH SEE ALSO",
    others.map(escape).join(",\n"),
    "",
  ].join("\n");
}

function section(title: string, rows: readonly NoteRow[]): readonly string[] {
  if (rows.length === 0) return [];
  return [`.SH ${title}`, ...rows.flatMap(([name, meaning]) => [".TP", `.B ${escape(name)}`, escape(meaning)])];
}

/** Nothing in the text may be taken for a request or an escape; hyphens stay hyphens, so that options can be copied. */
function escape(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("~", "\\(ti").replace(/^(?=['.])/, "\\&");
}
