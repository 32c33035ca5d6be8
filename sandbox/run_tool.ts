import { spawn } from "node:child_process";
import { once } from "node:events";

export interface RunToolOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  /** Interrupts the program, as Ctrl-C does, and rejects with the signal's reason once it has ended. */
  readonly signal?: AbortSignal;
}

/** What a finished program left behind. */
export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and returns its output, whatever its exit code. Rejects only when it can't be started. */
export async function runTool(
  command: string,
  args: readonly string[],
  options: RunToolOptions = {},
): Promise<ToolResult> {
  const { signal } = options;
  signal?.throwIfAborted();
  const child = spawn(command, [...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
  });
  const stdout: Uint8Array[] = [];
  const stderr: Uint8Array[] = [];
  child.stdout.on("data", (chunk: Uint8Array) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Uint8Array) => stderr.push(chunk));
  child.stdin.on("error", () => {}); // It may end without reading what it was given.
  child.stdin.end(options.stdin ?? "");
  const interrupt = () => {
    // Not child.kill: on Deno that closes its streams as well.
    if (child.pid !== undefined) process.kill(child.pid, "SIGINT");
  };
  signal?.addEventListener("abort", interrupt);
  const [code] = await once(child, "close").finally(() => signal?.removeEventListener("abort", interrupt));
  signal?.throwIfAborted();
  return {
    code: typeof code === "number" ? code : -1,
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
  };
}

/** Like `runTool`, and rejects with the program's own words when its exit code is not 0. Returns standard output. */
export async function runToolOrFail(
  command: string,
  args: readonly string[],
  options: RunToolOptions = {},
): Promise<string> {
  const result = await runTool(command, args, options);
  if (result.code !== 0) {
    throw new Error(
      `${command} ${args.join(" ")} ended with ${result.code}: ${(result.stderr || result.stdout).trim()}`,
    );
  }
  return result.stdout;
}
