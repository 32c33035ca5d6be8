import { access, constants, mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { eventually } from "../../sandbox/eventually.ts";

/** What a container may take at the most. */
export interface PodLimitsOptions {
  readonly memoryBytes: number;
  /** Thousandths of a core. */
  readonly cpuMillis: number;
}

/** The limits of a container, for programs that a test starts. */
export interface PodLimits extends AsyncDisposable {
  /** How they are kept: by the kernel; or, where nobody may make a cgroup, by whoever watches the program. */
  readonly kind: "cgroup v1" | "cgroup v2" | "watched";
  /** The command that starts a program within the limits, its process id being the shell's. */
  wrap(command: string, args: readonly string[]): { readonly command: string; readonly args: readonly string[] };
  /** How many processes the kernel has killed for memory. Kubernetes ends the whole container for one. */
  kills(): Promise<number>;
}

const ROOT = "/sys/fs/cgroup";
const PERIOD_US = 100_000;
/**
 * What goes before all else on this machine (docs.kernel.org/admin-guide/cgroup-v2.html; sched/core.c: MAX_SHARES): the
 * program gets what its limit allows, as a node that is not overcommitted gives it, also while the other side of a test
 * uses every core.
 */
const MOST_SHARES = { v1: 2 ** 18, v2: 10_000 };

interface Controller {
  readonly folder: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Makes the limits. Where no cgroup can be made they are a promise that the caller keeps. */
export async function createPodLimits({ memoryBytes, cpuMillis }: PodLimitsOptions): Promise<PodLimits> {
  const name = `agent-test-${process.pid}-${Date.now()}`;
  const quota = Math.round(cpuMillis * PERIOD_US / 1000);
  const candidates: readonly { kind: PodLimits["kind"]; controllers: readonly Controller[]; killsIn: string }[] = [
    {
      kind: "cgroup v1",
      controllers: [
        { folder: join(ROOT, "memory", name), files: { "memory.limit_in_bytes": `${memoryBytes}` } },
        {
          folder: join(ROOT, "cpu", name),
          files: {
            "cpu.cfs_period_us": `${PERIOD_US}`,
            "cpu.cfs_quota_us": `${quota}`,
            "cpu.shares": `${MOST_SHARES.v1}`,
          },
        },
      ],
      killsIn: "memory.oom_control",
    },
    {
      kind: "cgroup v2",
      controllers: [{
        folder: join(ROOT, name),
        files: {
          "memory.max": `${memoryBytes}`,
          "cpu.max": `${quota} ${PERIOD_US}`,
          "cpu.weight": `${MOST_SHARES.v2}`,
        },
      }],
      killsIn: "memory.events",
    },
  ];
  for (const { kind, controllers, killsIn } of candidates) {
    if (await make(controllers)) return openLimits(kind, controllers.map(({ folder }) => folder), killsIn);
  }
  return {
    kind: "watched",
    wrap: (command, args) => ({ command, args }),
    kills: () => Promise.resolve(0),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** All of the controllers or none: a memory limit without the others is none that a cluster has. */
async function make(controllers: readonly Controller[]): Promise<boolean> {
  const made: string[] = [];
  try {
    for (const { folder, files } of controllers) {
      await mkdir(folder);
      made.push(folder);
      await access(join(folder, "cgroup.procs"), constants.W_OK);
      for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
    }
    return true;
  } catch {
    for (const folder of made) await rmdir(folder).catch(() => {});
    return false;
  }
}

function openLimits(kind: PodLimits["kind"], folders: readonly string[], killsIn: string): PodLimits {
  const [memory = ""] = folders;
  const enter = folders.map((folder) => `echo $$ >'${folder}/cgroup.procs'`).join(" && ");
  return {
    kind,
    wrap: (command, args) => ({ command: "/bin/sh", args: ["-c", `${enter} && exec "$@"`, "sh", command, ...args] }),
    kills: async () => Number(/^oom_kill (\d+)$/m.exec(await readFile(join(memory, killsIn), "utf8"))?.[1] ?? 0),
    [Symbol.asyncDispose]: async () => {
      for (const folder of folders) {
        // The kernel keeps it for as long as a process of it ends.
        await eventually("the cgroup is empty", () => rmdir(folder).then(() => true)).catch(() => {});
      }
    },
  };
}
