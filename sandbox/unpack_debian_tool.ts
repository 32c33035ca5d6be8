import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type GetToolOptions, type GotTool, keep } from "./build_go_tool.ts";
import { runTool, runToolOrFail } from "./run_tool.ts";
import { createTempDir } from "./temp_dir.ts";

const BINARY_FOLDERS = ["usr/bin", "usr/sbin", "usr/local/bin"];

/**
 * Takes a program out of Debian's package without installing the package: nothing of the machine changes but the cache.
 * As root the package lists are brought up to date when they do not know the package.
 */
export async function unpackDebianTool(options: GetToolOptions): Promise<GotTool> {
  const { name, source, folder, progress, signal } = options;
  const wanted = source.debianPackage;
  if (wanted === undefined) return { kind: "unavailable", reason: "there is none" };
  if (!await hasApt()) return { kind: "unavailable", reason: "no apt-get here" };
  progress(`Getting ${name} from Debian's package ${wanted}`);
  await using work = await createTempDir("deb");
  try {
    await download(wanted, work.path, signal);
    const archive = (await readdir(work.path)).find((file) => file.endsWith(".deb"));
    if (archive === undefined) return { kind: "unavailable", reason: "apt-get downloaded nothing" };
    await runToolOrFail("dpkg-deb", ["--extract", work.file(archive), work.file("root")], { signal });
  } catch (error) {
    return { kind: "unavailable", reason: `apt-get: ${String(error).trim().split("\n").at(-1)}` };
  }
  for (const place of BINARY_FOLDERS) {
    const path = work.file("root", place, name);
    try {
      await access(path);
    } catch {
      continue;
    }
    return { kind: "path", path: await keep(path, join(folder, name)) };
  }
  return { kind: "unavailable", reason: `the package ${wanted} holds no ${name}` };
}

async function hasApt(): Promise<boolean> {
  try {
    return (await runTool("apt-get", ["--version"])).code === 0;
  } catch {
    return false;
  }
}

async function download(wanted: string, cwd: string, signal: AbortSignal): Promise<void> {
  const get = () => runTool("apt-get", ["download", wanted], { cwd, signal });
  if ((await get()).code === 0) return;
  if (process.getuid?.() === 0) await runToolOrFail("apt-get", ["update"], { signal });
  const again = await get();
  if (again.code !== 0) throw new Error(again.stderr);
}
