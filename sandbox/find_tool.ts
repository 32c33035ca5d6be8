import { access, constants, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { buildGoTool } from "./build_go_tool.ts";
import { unpackDebianTool } from "./unpack_debian_tool.ts";
import { KUBE_ASSETS_FOLDER, type ToolName, TOOLS, type ToolSource } from "./tool_table.ts";

export interface FindToolOptions {
  /** Whether a program that is not there may be built or downloaded: minutes, once. Default true. */
  readonly fetch?: boolean;
  /** Told what takes long. Default: standard error. */
  readonly progress?: (line: string) => void;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ends a build or a download; `findTool` then rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** Nobody has the program and it could not be got; the message says where it was looked for and what to do. */
export class ToolMissingError extends Error {
  override readonly name = "ToolMissingError";
}

/**
 * The absolute path of a program that tests or the demo need. Looks, in this order, at the environment (`NATS_SERVER`,
 * `KUBEBUILDER_ASSETS`), `PATH`, the cache folder; then builds it with Go at the pinned version into the cache; then
 * unpacks Debian's package into the cache. A path that a variable names must be the program: no other takes its place.
 * Rejects with a `ToolMissingError`.
 */
export async function findTool(name: ToolName, options: FindToolOptions = {}): Promise<string> {
  const env = options.env ?? process.env;
  const progress = options.progress ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const signal = options.signal ?? new AbortController().signal;
  const source = TOOLS[name];
  const variable = source.pathVariable;
  const named = variable === undefined ? undefined : env[variable];
  if (named && await firstExecutable([named]) === null) {
    throw new ToolMissingError(
      `Cannot use ${name}: ${variable} names ${named}, which is no file that can be run; ` +
        `set ${variable} to the program's path, or unset it to have ${name} looked for`,
    );
  }
  const present = await firstExecutable(knownPlaces(name, source, env));
  if (present !== null) return present;
  const tried = ["environment", "PATH", cacheFolder(env)];
  if (options.fetch ?? true) {
    const built = ownFolder(name, source.version, env);
    const unpacked = ownFolder(name, "debian", env);
    const attempts = [
      { what: "Go", get: () => buildGoTool({ name, source, folder: built, progress, signal }) },
      { what: "Debian's package", get: () => unpackDebianTool({ name, source, folder: unpacked, progress, signal }) },
    ];
    for (const attempt of attempts) {
      const got = await attempt.get();
      signal.throwIfAborted();
      if (got.kind === "path") return got.path;
      tried.push(`${attempt.what} (${got.reason})`);
    }
  }
  throw new ToolMissingError(`Cannot find ${name}: looked at ${tried.join(", ")}; ${source.remedy}`);
}

/** Like `findTool` without building or downloading anything, and `null` where the program is not there. */
export async function findPresentTool(name: ToolName): Promise<string | null> {
  return await firstExecutable(knownPlaces(name, TOOLS[name], process.env));
}

/** The user's folder for what can be made again. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env.XDG_CACHE_HOME || join(homedir(), ".cache");
}

/** Debian's version is its own: it must not pass for the pinned one. */
const ownFolder = (name: ToolName, version: string, env: Readonly<Record<string, string | undefined>>) =>
  join(cacheFolder(env), "agent-tools", `${name}-${version}`);

function knownPlaces(
  name: ToolName,
  source: ToolSource,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const named = source.pathVariable === undefined ? undefined : env[source.pathVariable];
  const folder = source.folderVariable === undefined ? undefined : env[source.folderVariable];
  return [
    ...(named ? [named] : []),
    ...(folder ? [join(folder, name)] : []),
    ...(env.PATH ?? "").split(delimiter).filter((entry) => entry !== "").map((entry) => join(entry, name)),
    join(cacheFolder(env), KUBE_ASSETS_FOLDER, name),
    join(ownFolder(name, source.version, env), name),
    join(ownFolder(name, "debian", env), name),
  ];
}

async function firstExecutable(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) {
    try {
      await access(path, constants.X_OK);
      if ((await stat(path)).isFile()) return path;
    } catch {
      continue;
    }
  }
  return null;
}
