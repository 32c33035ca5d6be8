import { type ChildProcess as NodeChild, spawn } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { once } from "node:events";
import { basename } from "node:path";

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Takes everything the process writes to both of its output streams; appended to. */
  readonly logFile: string;
  /**
   * In a group of its own: signals go to whatever it has started too, and Ctrl-C on a terminal does not reach it, so that
   * it ends when it is stopped, or with this process.
   */
  readonly group?: boolean;
  /** How long a polite end may take before it becomes SIGKILL. Default 5 s. */
  readonly graceMs?: number;
}

/** How a process ended: its exit code, or the signal that ended it. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A program that a test or the demo runs beside itself. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** The program's name, without its folder. */
  readonly name: string;
  /** Whether it still runs, as far as is known. */
  running(): boolean;
  readonly exited: Promise<ChildExit>;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL after the grace time; resolves when the process is gone. */
  stop(): Promise<ChildExit>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<ChildExit>;
  /** What it has written so far. */
  log(): Promise<string>;
}

/** Starts a program with its output in a file. Rejects when it can't be started at all. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const log = await open(options.logFile, "a");
  try {
    const child = spawn(options.command, [...options.args], {
      stdio: ["ignore", log.fd, log.fd],
      detached: options.group ?? false,
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
    });
    await once(child, "spawn");
    return wrap(child, options);
  } finally {
    await log.close();
  }
}

function wrap(child: NodeChild, options: ChildOptions): Child {
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${options.command} has no process id`);
  let ended: ChildExit | null = null;
  const exited = new Promise<ChildExit>((resolve) => {
    child.once("exit", (code, signal) => resolve(ended = { code, signal }));
  });
  if (options.group === true) {
    const killNow = () => signal("SIGKILL");
    process.once("exit", killNow);
    void exited.then(() => process.off("exit", killNow));
  }
  const running = () => ended === null;
  // Not child.kill: on Deno any signal, SIGCONT too, makes it believe that the process has ended.
  const signal = (name: NodeJS.Signals) => {
    if (!running()) return;
    try {
      process.kill(options.group === true ? -pid : pid, name);
    } catch {
      // It ended by itself just now; its exit is on its way.
    }
  };
  const kill = () => {
    signal("SIGKILL");
    return exited;
  };
  const stop = async () => {
    signal("SIGTERM");
    const timer = setTimeout(() => signal("SIGKILL"), options.graceMs ?? 5_000);
    try {
      return await exited;
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    pid,
    name: basename(options.command),
    running,
    exited,
    signal,
    stop,
    kill,
    log: () => readFile(options.logFile, "utf8"),
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}
