import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A file system of one megabyte. */
export interface SmallDisk extends AsyncDisposable {
  readonly dir: string;
  remount(how: "ro" | "rw"): Promise<void>;
}

/** Mounts a small disk, or returns null where this user may not. */
export async function mountSmallDisk(): Promise<SmallDisk | null> {
  if (process.getuid?.() !== 0) return null;
  const dir = await mkdtemp(join(tmpdir(), "agent-small-disk-"));
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", dir]);
  } catch {
    await rm(dir, { recursive: true });
    return null;
  }
  return {
    dir,
    remount: async (how) => void await run("mount", ["-o", `remount,${how},size=1m`, dir]),
    async [Symbol.asyncDispose]() {
      await run("umount", [dir]);
      await rm(dir, { recursive: true });
    },
  };
}

/** Whether this user may mount one. */
export async function canMountSmallDisk(): Promise<boolean> {
  const probe = await mountSmallDisk();
  await probe?.[Symbol.asyncDispose]();
  return probe !== null;
}
