import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import process from "node:process";
import { readShippedV8Flags } from "../../support/agent_program.ts";
import type { FleetRig } from "./fleet_rig.ts";

const BUNDLE = new URL("../../../dist/agent.mjs", import.meta.url).pathname;

/** A run of the built program. */
export interface ProgramRun {
  readonly exitCode: number;
  /** From the start of the process to its end. */
  readonly seconds: number;
  /** Lines of its output, with how long after the start each came. */
  readonly lines: readonly { readonly text: string; readonly seconds: number }[];
  readonly stderr: string;
}

/** Runs a subcommand of the bundle as it is shipped, against the fleet's server. */
export async function runAgentProgram(rig: FleetRig, args: readonly string[]): Promise<ProgramRun> {
  const flags = await readShippedV8Flags(BUNDLE);
  const deno = ["run", "-A", ...(flags === null ? [] : [`--v8-flags=${flags}`]), BUNDLE];
  const [name = "", ...rest] = args;
  const startMs = performance.now();
  const secondsNow = () => (performance.now() - startMs) / 1000;
  const child = spawn(process.execPath, [...deno, name, ...rig.access, ...rest], { stdio: ["ignore", "pipe", "pipe"] });
  const lines: { text: string; seconds: number }[] = [];
  let stderr = "";
  createInterface({ input: child.stdout }).on("line", (text) => lines.push({ text, seconds: secondsNow() }));
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text: string) => stderr += text);
  const [code] = await once(child, "close");
  return { exitCode: typeof code === "number" ? code : -1, seconds: secondsNow(), lines, stderr };
}

/** The middle of several. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
