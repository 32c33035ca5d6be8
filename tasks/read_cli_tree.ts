import process from "node:process";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { createProgram } from "../cli/cli.ts";
import { COMMAND_NOTES, type CommandNotes, type NoteRow } from "../cli/command_notes.ts";

/** One subcommand as its help describes it. */
export interface CommandPage {
  /** `agent`, `agent run`, `agent audit verify`. */
  readonly name: string;
  /** `agent run [options]`. */
  readonly usage: string;
  readonly description: string;
  readonly children: readonly NoteRow[];
  readonly arguments: readonly NoteRow[];
  readonly options: readonly NoteRow[];
  readonly notes: CommandNotes;
}

/** The program, for whoever describes it and does not run it. */
export function createProgramForPages() {
  return createProgram({
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: {},
    signal: new AbortController().signal,
    setExitCode: () => {},
    endInOrder: () => {},
  });
}

/** The program and every subcommand, in the order of the help, as commander's own tree has them. */
export function readCliTree(): readonly CommandPage[] {
  return readPage(createProgramForPages(), "");
}

function readPage(command: CommandUnknownOpts, path: string): CommandPage[] {
  const help = command.createHelp();
  const children = help.visibleCommands(command).filter((child) => child.name() !== "help");
  const notes = COMMAND_NOTES[path];
  if (notes === undefined) throw new Error(`cli/command_notes.ts has nothing about "${path}"`);
  const page: CommandPage = {
    name: `agent ${path}`.trim(),
    usage: help.commandUsage(command),
    description: help.commandDescription(command),
    children: children.map((child) => [child.name(), help.subcommandDescription(child)]),
    arguments: help.visibleArguments(command).map((argument) => [
      help.argumentTerm(argument),
      help.argumentDescription(argument),
    ]),
    options: help.visibleOptions(command).map((option) => [help.optionTerm(option), help.optionDescription(option)]),
    notes,
  };
  return [page, ...children.flatMap((child) => readPage(child, `${path} ${child.name()}`.trim()))];
}
