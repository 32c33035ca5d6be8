import { readFile, writeFile } from "node:fs/promises";

/** Clock ticks a second in /proc/<pid>/stat: 100 on every Linux that there is (`getconf CLK_TCK`). */
const TICKS = 100;

/** What the kernel says about a process. Linux only: elsewhere reading fails. */
export interface ProcessFigures {
  readonly residentMegabytes: number;
  /** The highest since the start, or since `resetPeak`. */
  readonly peakMegabytes: number;
  /** User and system, since the start. */
  readonly cpuMs: number;
}

/** Reads the figures of a process; "self" is this one. */
export async function readProcessFigures(pid: number | "self"): Promise<ProcessFigures> {
  const [status, stat] = await Promise.all(["status", "stat"].map((file) => readFile(`/proc/${pid}/${file}`, "utf8")));
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status ?? "")?.[1] ?? 0);
  // The second field is the program's name in parentheses, and may hold anything; the times are numbers 14 and 15.
  const fields = (stat ?? "").slice((stat ?? "").lastIndexOf(")") + 2).split(" ");
  return {
    residentMegabytes: Math.round(kilobytes("VmRSS") / 102.4) / 10,
    peakMegabytes: Math.round(kilobytes("VmHWM") / 102.4) / 10,
    cpuMs: (Number(fields[11]) + Number(fields[12])) * 1000 / TICKS,
  };
}

/** Makes the kernel forget the peak so far. */
export async function resetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, "5");
}
