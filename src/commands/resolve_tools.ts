import { access, constants, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";

/**
 * Where tools are looked for, and the whole `PATH` that they get. It is fixed here so that neither a message nor the
 * environment of the agent decides which program a name means.
 */
export const TOOL_FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"] as const;

/** A tool of the policy table: found by its name, or at the absolute path that the configuration gives it. */
interface ToolLocation {
  readonly name: string;
  readonly path?: string;
}

/** Absolute paths by tool name, and the names that this machine does not have. */
interface ResolvedTools {
  readonly paths: ReadonlyMap<string, string>;
  readonly missing: readonly string[];
}

/**
 * Finds each tool once, at start. A missing one is no failure: a command that asks for it is answered so. Symbolic links
 * are kept as they are, because programs such as BusyBox tell by their own name what to do.
 */
export async function resolveTools(
  tools: readonly ToolLocation[],
  folders: readonly string[] = TOOL_FOLDERS,
): Promise<ResolvedTools> {
  const paths = new Map<string, string>();
  const missing: string[] = [];
  for (const tool of tools) {
    const path = await firstExecutable(candidatePaths(tool, folders));
    if (path === null) missing.push(tool.name);
    else paths.set(tool.name, path);
  }
  return { paths, missing };
}

function candidatePaths(tool: ToolLocation, folders: readonly string[]): readonly string[] {
  if (tool.path !== undefined) return isAbsolute(tool.path) ? [tool.path] : [];
  // A name with a slash would leave the folders.
  return tool.name.includes("/") ? [] : folders.map((folder) => join(folder, tool.name));
}

async function firstExecutable(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) {
    if (await isExecutableFile(path)) return path;
  }
  return null;
}

async function isExecutableFile(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
