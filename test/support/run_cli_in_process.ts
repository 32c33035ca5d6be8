import { Readable } from "node:stream";
// It opens a channel as it is loaded; subcommands load it lazily, and the first test that did would have left it open.
import "@prometheus-io/client";
import { runCli } from "../../cli/cli.ts";
import type { CliContext } from "../../cli/cli_context.ts";

/** What a run of the command line wrote, and its exit code. */
export interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the command line in this process, with an environment and a standard input of the test's own; with `columns`, at a
 * terminal of that width.
 */
export async function runCliInProcess(
  args: readonly string[],
  given: { readonly env?: Record<string, string>; readonly stdin?: string; readonly columns?: number } = {},
): Promise<CliRun> {
  const [stdout, stderr]: string[][] = [[], []];
  const collect = (into: string[]): CliContext["stdout"] => ({
    ...(given.columns === undefined ? {} : { isTTY: true, columns: given.columns }),
    write: (text: string | Uint8Array) => into.push(String(text)) > 0,
  });
  const stdin = Object.assign(Readable.from([given.stdin ?? ""]), { isTTY: false });
  const exitCode = await runCli(args, {
    stdout: collect(stdout ?? []),
    stderr: collect(stderr ?? []),
    stdin,
    env: given.env ?? {},
    signal: new AbortController().signal,
    endInOrder: () => {},
  });
  return { exitCode, stdout: (stdout ?? []).join(""), stderr: (stderr ?? []).join("") };
}
