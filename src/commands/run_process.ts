import { type ChildProcess, spawn } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { setPriority } from "node:os";
import process from "node:process";
import { errorMessage } from "../lifecycle/errors.ts";
import type { Redactor } from "../redaction/redactor.ts";
import type { ApprovedCommand } from "./approved_command.ts";
import { type BoundedOutput, createBoundedOutput } from "./bounded_output.ts";
import { dataLimit, tellsNoMemory } from "./memory_need.ts";
import { createPrintedOutput } from "./print/printed_output.ts";
import type { ProcessEnd, ProcessOutcome } from "./process_outcome.ts";
import { TOOL_FOLDERS } from "./resolve_tools.ts";

/** Between SIGTERM and SIGKILL. Short: these tools only read, they have nothing to put in order. */
const KILL_GRACE_MS = 500;
/** How long output is awaited after the group is dead. Only a process that left the group can hold the pipes open. */
const DRAIN_MS = 250;
/** Of 20: beside the agent, a busy tool gets a thirtieth of a core that both want. */
const TOOL_PRIORITY = 15;

interface ProcessRunnerOptions {
  /** Absolute paths by tool name, from `resolveTools`. */
  readonly toolPaths: ReadonlyMap<string, string>;
  /** Arguments that the agent itself puts first, by tool: kubectl's credentials, see `openKubectlAccess`. */
  readonly fixedArguments: ReadonlyMap<string, readonly string[]>;
  /** What keeps each process to its memory; `null` where this machine has nothing that could. */
  readonly memory: MemoryGuard | null;
  /** An empty folder: `HOME` and working folder of every tool, so that none finds a configuration file. */
  readonly homeFolder: string;
  /** Cuts the secrets out of objects that are printed by an expression; the built-in one unless given. */
  readonly redactor?: Redactor;
}

/** Starts a program with a limit of its own, and becomes it: no process stands in between. */
export interface MemoryGuard {
  /** prlimit(1) of util-linux. */
  readonly path: string;
  readonly limitBytes: number;
}

/** `spentMs` of the command's time are gone before its process starts. */
export type RunProcess = (command: ApprovedCommand, signal: AbortSignal, spentMs?: number) => Promise<ProcessOutcome>;

/** Why we ended a process before it ended itself. */
type StopReason = "timed_out" | "cancelled" | "output_limit";

/**
 * The only place in the program that starts processes. The returned function runs one approved command to its end and
 * never rejects: no shell, no inherited environment, standard input closed, a process group of its own. The whole group
 * gets SIGTERM at the command's deadline, when `signal` fires or when the output limit is passed, and SIGKILL half a
 * second later; what a tool leaves behind after a normal end is killed as well.
 *
 * Each process may take so much memory and no more. It is the kernel that sees to it (RLIMIT_DATA): a process can take
 * hundreds of megabytes between two looks at it, and the runtime lets a program look into /proc only with all permissions.
 *
 * Past the output limit the process is killed, not drained: reading on would cost processor time here and load on the
 * API server for bytes that nobody gets.
 */
export function createProcessRunner(options: ProcessRunnerOptions): RunProcess {
  const env = { PATH: TOOL_FOLDERS.join(":"), HOME: options.homeFolder };
  return async (command, signal, spentMs = 0) => {
    const startedMs = performance.now();
    const printed = command.print === undefined
      ? null
      : createPrintedOutput(command.print.request, command.outputLimitBytes, options.redactor);
    const output = printed ?? createBoundedOutput(command.outputLimitBytes);
    const end = await runToEnd(command, output, options, env, signal, spentMs);
    printed?.finish(end.kind === "exited");
    return {
      end: explainFailure(end, output, options.memory),
      stdout: output.text("stdout"),
      stderr: output.text("stderr"),
      truncated: output.truncated,
      receivedBytes: output.receivedBytes,
      durationMs: performance.now() - startedMs,
      ...printed === null ? {} : { printed: { failure: printed.failure, redactions: printed.redactions } },
    };
  };
}

async function runToEnd(
  command: ApprovedCommand,
  output: BoundedOutput,
  options: ProcessRunnerOptions,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
  spentMs: number,
): Promise<ProcessEnd> {
  if (signal.aborted) return { kind: "cancelled" };
  const path = command.path ?? options.toolPaths.get(command.tool);
  if (path === undefined) {
    return { kind: "not_started", missing: true, detail: `${command.tool} is not installed beside this agent` };
  }
  const fixed = options.fixedArguments.get(command.tool) ?? [];
  const args = [...fixed, ...(command.print?.argv ?? command.argv).slice(1), ...command.connectionFlags];
  try {
    if (options.memory !== null) await access(path, constants.X_OK);
    const [program, ...words] = [...guardWords(options.memory), path, ...args];
    const child = spawn(program, words, {
      cwd: options.homeFolder,
      // Ours last: an allowlisted variable never replaces PATH or HOME.
      env: { ...command.env, ...env, ...runtimeSettings(command.tool, options.memory) },
      detached: true,
      shell: false,
      stdio: ["ignore", "pipe", "pipe"],
    });
    stepBack(child);
    return await superviseChild(child, output, Math.max(0, command.timeoutMs - spentMs), signal);
  } catch (error) {
    return startFailure(command.tool, error);
  }
}

function guardWords(memory: MemoryGuard | null): readonly [] | readonly [string, ...string[]] {
  return memory === null ? [] : [memory.path, `--data=${dataLimit(memory.limitBytes)}`, "--"];
}

/**
 * Tools share the container's processor time with the agent, whose probes and events must not wait for them. Threads that
 * a program starts later inherit it. Where it can't be set, the tool runs as it is.
 */
function stepBack({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, TOOL_PRIORITY);
  } catch {
    // ESRCH: it has ended already.
  }
}

/**
 * Go collects garbage before it comes to the limit, when it knows one. On one thread it takes no more processor time than
 * it needs: several use a container's share up in a tenth of the period, and then the agent stands still for the rest.
 */
function runtimeSettings(tool: string, memory: MemoryGuard | null): Readonly<Record<string, string>> {
  if (tool !== "kubectl") return {};
  return { GOMAXPROCS: "1", ...memory === null ? {} : { GOMEMLIMIT: `${memory.limitBytes}B` } };
}

function explainFailure(end: ProcessEnd, output: BoundedOutput, memory: MemoryGuard | null): ProcessEnd {
  const hasFailed = end.kind === "killed" || (end.kind === "exited" && end.exitCode !== 0);
  if (!hasFailed || memory === null || !tellsNoMemory(output.text("stderr"))) return end;
  return { kind: "memory_limit", limitBytes: memory.limitBytes };
}

function startFailure(tool: string, error: unknown): ProcessEnd {
  const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
  return { kind: "not_started", missing, detail: `${tool} did not start: ${errorMessage(error)}` };
}

/** Resolves when the process is reaped and its pipes are closed; rejects only when it could not be started. */
function superviseChild(
  child: ChildProcess,
  output: BoundedOutput,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ProcessEnd> {
  return new Promise((resolve, reject) => {
    let stopReason: StopReason | null = null;
    let killTimer: ReturnType<typeof setTimeout> | undefined;
    let drainTimer: ReturnType<typeof setTimeout> | undefined;

    const stop = (reason: StopReason): void => {
      if (stopReason !== null) return;
      stopReason = reason;
      killGroup(child, "SIGTERM");
      killTimer = setTimeout(() => killGroup(child, "SIGKILL"), KILL_GRACE_MS);
    };
    const closePipes = (): void => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    };
    const onAbort = (): void => stop("cancelled");
    const deadlineTimer = setTimeout(() => stop("timed_out"), timeoutMs);
    signal.addEventListener("abort", onAbort, { once: true });
    const release = (): void => {
      clearTimeout(deadlineTimer);
      clearTimeout(killTimer);
      clearTimeout(drainTimer);
      signal.removeEventListener("abort", onAbort);
    };

    for (const name of ["stdout", "stderr"] as const) {
      child[name]?.on("data", (chunk: Uint8Array) => {
        if (!output.take(name, chunk)) {
          closePipes();
          stop("output_limit");
        }
      });
      // A pipe that breaks while we kill its writer says nothing new.
      child[name]?.on("error", () => {});
    }
    child.once("error", (error) => {
      if (child.pid !== undefined) return;
      release();
      closePipes();
      reject(error);
    });
    child.once("exit", () => {
      clearTimeout(deadlineTimer);
      clearTimeout(killTimer);
      // The leader is gone; what it left in its group holds the pipes and must not outlive the answer.
      killGroup(child, "SIGKILL");
      drainTimer = setTimeout(closePipes, DRAIN_MS);
    });
    child.once("close", (exitCode, exitSignal) => {
      release();
      if (stopReason !== null) resolve({ kind: stopReason });
      else if (exitSignal !== null) resolve({ kind: "killed", signal: exitSignal });
      else resolve({ kind: "exited", exitCode: exitCode ?? -1 });
    });
  });
}

/** Signals every process of the child's group. The group being gone already is what was wanted. */
function killGroup(child: ChildProcess, name: "SIGTERM" | "SIGKILL"): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // ESRCH: nobody left.
  }
}
