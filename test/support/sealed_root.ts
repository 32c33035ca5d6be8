import { chmod, copyFile, mkdir, readdir, realpath, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runTool, runToolOrFail } from "../../sandbox/run_tool.ts";

/** A command line that starts a program inside. */
export interface SealedCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * A folder that a program sees as its whole file system: read-only but for `/tmp` and `/var/lib/agent`, which are empty,
 * as the manifests mount them; as user 65534, without capabilities.
 */
export interface SealedRoot {
  readonly path: string;
  /** Paths of all files inside, as seen from inside, in order. */
  files(): Promise<readonly string[]>;
  /** Adds a file that everybody may read. */
  add(path: string, text: string): Promise<void>;
  /** Runs `/agent` inside with nothing in its environment but `env`. */
  enter(args: readonly string[], env: Readonly<Record<string, string>>): SealedCommand;
}

/**
 * A mount namespace of its own, so that the folder can be made read-only for the program alone; everything is replaced by
 * the next program, so that the process that is started is the agent in the end.
 */
const ENTER = `set -eu
root=$1
shift
mount --bind "$root" "$root"
mount -o remount,bind,ro,nosuid,nodev "$root"
for folder in tmp var/lib/agent; do
  mount -t tmpfs -o size=64m,mode=1777,nosuid,nodev,noexec tmpfs "$root/$folder"
done
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"`;

/** Why a sealed root can't be made here, or `null`. */
export async function whyNoSealedRoot(): Promise<string | null> {
  if (process.platform !== "linux") return "needs Linux";
  if (process.getuid?.() !== 0) return "needs root (chroot, mount)";
  const run = await runTool("unshare", ["--mount", "true"]).catch((error: Error) => ({
    code: -1,
    stderr: error.message,
  }));
  return run.code === 0 ? null : `needs a mount namespace: ${run.stderr.trim()}`;
}

/** The shared libraries that the system's loader gives to an executable, the loader included. */
async function readLibraries(executable: string): Promise<readonly string[]> {
  const output = await runToolOrFail("ldd", [executable]);
  return [...output.matchAll(/(\/\S+) \(0x/g)].flatMap(([, path]) => path === undefined ? [] : [path]);
}

/** Makes `folder` the root of the executable, as `/agent`, with its libraries and nothing else. */
export async function createSealedRoot(folder: string, executable: string): Promise<SealedRoot> {
  const place = async (from: string, to: string, mode: number) => {
    await mkdir(dirname(join(folder, to)), { recursive: true });
    await copyFile(await realpath(from), join(folder, to));
    await chmod(join(folder, to), mode);
  };
  await mkdir(folder, { recursive: true });
  await place(executable, "/agent", 0o755);
  for (const library of await readLibraries(executable)) await place(library, library, 0o755);
  for (const path of ["tmp", "var/lib/agent"]) await mkdir(join(folder, path), { recursive: true });
  for (const path of [dirname(folder), folder]) await chmod(path, 0o755);
  return {
    path: folder,
    async files() {
      const entries = await readdir(folder, { recursive: true });
      const kinds = await Promise.all(entries.map(async (path) => ({ path, info: await stat(join(folder, path)) })));
      return kinds.filter(({ info }) => !info.isDirectory()).map(({ path }) => `/${path}`).sort();
    },
    async add(path, text) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text, { mode: 0o644 });
    },
    enter: (args, env) => ({
      command: "unshare",
      args: [
        ...["--mount", "--propagation", "private", "sh", "-c", ENTER, "sh", folder],
        ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
        ...["chroot", "--userspec=65534:65534", "--groups=65534", folder, "/agent"],
        ...args,
      ],
    }),
  };
}
