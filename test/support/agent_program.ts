import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { type Child, startChild } from "../../sandbox/child_process.ts";
import { runToolOrFail } from "../../sandbox/run_tool.ts";
import type { TempDir } from "../../sandbox/temp_dir.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const BUNDLE = `${ROOT}dist/agent.mjs`;

/** Makes the bundle from the sources as they are, and returns its path. */
export async function bundleAgent(): Promise<string> {
  await runToolOrFail(process.execPath, ["task", "bundle"], { cwd: ROOT });
  return BUNDLE;
}

/** Flags of V8 that the bundle's own first line asks for; null for a program without such a line. */
export async function readShippedV8Flags(program: string): Promise<string | null> {
  const [firstLine = ""] = (await readFile(program, "utf8")).split("\n", 1);
  return /--v8-flags=(\S+)/.exec(firstLine)?.[1] ?? null;
}

export interface AgentProgramOptions {
  readonly program: string;
  readonly v8Flags: string | null;
  readonly dir: TempDir;
  readonly config: Readonly<Record<string, unknown>>;
  /** What puts it into a cluster. */
  readonly env: Readonly<Record<string, string>>;
  /** A folder that gets a CPU profile when it ends. */
  readonly profileDir?: string | null;
}

/** Starts `agent run` as a process of its own, its log in `agent.log`. */
export async function startAgentProgram(options: AgentProgramOptions): Promise<Child> {
  const { program, v8Flags, dir, profileDir = null } = options;
  const file = dir.file("config.yaml");
  await writeFile(file, JSON.stringify(options.config, null, 2));
  return await startChild({
    command: process.execPath,
    args: [
      "run",
      "-A",
      ...(v8Flags === null ? [] : [`--v8-flags=${v8Flags}`]),
      ...(profileDir === null ? [] : ["--cpu-prof"]),
      program,
      "run",
      "--config",
      file,
    ],
    env: options.env,
    logFile: dir.file("agent.log"),
    ...(profileDir === null ? {} : { cwd: profileDir }),
  });
}
