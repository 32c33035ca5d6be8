import process from "node:process";
import { runCli } from "./cli.ts";
import { EXIT_CODE } from "./exit_code.ts";
import { guardTerminal } from "./terminal_guard.ts";
import { isStraySocketError } from "../src/bus/stray_socket_error.ts";

/** Exit codes of shells for a program that a signal ended: 128 and the signal's number. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** What a subcommand that is ended has for closing what it opened. */
const GRACE_MS = 100;

const abort = new AbortController();
let whoseExitCode: "own" | "signal" = "signal";
let inOrder = false;
let signalCode: number | null = null;
for (const [name, exitCode] of Object.entries(SIGNALS)) {
  process.on(name, () => {
    // The first signal asks; a second one means it.
    if (signalCode !== null) process.exit(exitCode);
    signalCode = exitCode;
    abort.abort(new Error(`Received ${name}`));
    if (!inOrder) setTimeout(() => process.exit(exitCode), GRACE_MS);
  });
}

// `agent tail | head -1` closes the pipe early: that is no error, and nobody reads what comes after it. What must end in
// order, as the demo's NATS server, still does; each later write fails in the same way.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: Error & { code?: string }) => {
    const exitCode = error.code === "EPIPE" ? 0 : 1;
    if (!inOrder) process.exit(exitCode);
    if (signalCode !== null) return;
    signalCode = exitCode;
    abort.abort(new Error(`Cannot write: ${error.message}`));
  });
}

// Nothing is lost by going on: the connection's own end was told already.
process.on("uncaughtException", (error: Error) => {
  if (isStraySocketError(error)) return;
  guardTerminal(process.stderr).write(`Unexpected error: ${error.stack ?? error.message}\n`);
  process.exit(EXIT_CODE.no);
});

/** Not at the top level: a CommonJS bundle knows no top-level await. */
async function main(): Promise<never> {
  const exitCode = await runCli(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    signal: abort.signal,
    endInOrder: (whose) => {
      inOrder = true;
      whoseExitCode = whose;
    },
  });
  if (signalCode !== null && whoseExitCode === "signal") process.exit(signalCode);
  // What was written must leave the process before it ends; an open handle must not keep it.
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  process.exit(exitCode);
}

void main();
