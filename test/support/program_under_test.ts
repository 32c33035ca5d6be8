import { spawn } from "node:child_process";
import { once } from "node:events";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { type CliRun, runCliInProcess } from "./run_cli_in_process.ts";

// A test gives its child another HOME, below which Deno would look for its packages and ask the registry about each.
if (process.platform === "linux") {
  process.env.DENO_DIR ??= join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "deno");
}

/** How a test starts the agent as a process of its own. */
export interface ProgramUnderTest {
  readonly command: string;
  /** What stands before the agent's own arguments. */
  readonly args: readonly string[];
  /** Whether it is a built executable rather than the sources. */
  readonly built: boolean;
}

/** The sources under this Deno; or the executable that `AGENT_BINARY` names, for the suite that tests what was built. */
export const PROGRAM: ProgramUnderTest = process.env.AGENT_BINARY
  ? { command: resolve(process.env.AGENT_BINARY), args: [], built: true }
  : {
    command: process.execPath,
    args: ["run", "--no-prompt", "-A", new URL("../../cli/main.ts", import.meta.url).pathname],
    built: false,
  };

/**
 * Runs the command line with an environment and a standard input of the test's own: in this process from the sources, or
 * the built executable.
 */
export async function runProgramUnderTest(
  args: readonly string[],
  given: { readonly env?: Record<string, string>; readonly stdin?: string } = {},
): Promise<CliRun> {
  if (!PROGRAM.built) return await runCliInProcess(args, given);
  const child = spawn(PROGRAM.command, [...PROGRAM.args, ...args], { stdio: "pipe", env: { ...given.env } });
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8");
    child[name].on("data", (text: string) => written[name] += text);
  }
  child.stdin.on("error", () => {}); // It may end without reading what it was given.
  child.stdin.end(given.stdin ?? "");
  const [code] = await once(child, "close");
  return { ...written, exitCode: typeof code === "number" ? code : -1 };
}
