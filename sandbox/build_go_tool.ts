import { chmod, copyFile, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createTempDir } from "./temp_dir.ts";
import { runTool, runToolOrFail } from "./run_tool.ts";
import type { ToolName, ToolSource } from "./tool_table.ts";

export interface GetToolOptions {
  readonly name: ToolName;
  readonly source: ToolSource;
  /** Where the program shall end up, under its own name. */
  readonly folder: string;
  readonly progress: (line: string) => void;
  /** Ends what runs for it. */
  readonly signal: AbortSignal;
}

/** The program's path, or why it could not be had this way. */
export type GotTool = { readonly kind: "path"; readonly path: string } | {
  readonly kind: "unavailable";
  readonly reason: string;
};

const GO_ENV = { CGO_ENABLED: "0", GOFLAGS: "-trimpath" };

/** Builds a program from its Go module at the pinned version. Takes a minute for small ones, several for Kubernetes'. */
export async function buildGoTool(options: GetToolOptions): Promise<GotTool> {
  const { name, source, folder, progress, signal } = options;
  const { goPackage } = source;
  if (goPackage === undefined) return { kind: "unavailable", reason: "not built here" };
  if (!await hasGo()) return { kind: "unavailable", reason: "no Go on PATH" };
  progress(`Building ${name} ${source.version} with Go, once; this takes a while`);
  await using work = await createTempDir("go-build");
  const go = (...args: string[]) => runToolOrFail("go", args, { cwd: work.path, env: GO_ENV, signal });
  const module = `${source.goModule}@v${source.version}`;
  try {
    await go("mod", "init", "tool");
    if (source.goModule === "k8s.io/kubernetes") await replaceStagingModules(go, module, source.version);
    await go("mod", "edit", "-require", module);
    await go("build", "-mod=mod", "-ldflags", linkerFlags(source), "-o", work.file(name), goPackage);
    if (name === "kwok") await writeKwokStages(go, folder);
  } catch (error) {
    return { kind: "unavailable", reason: `the build failed: ${lastLine(error)}` };
  }
  return { kind: "path", path: await keep(work.file(name), join(folder, name)) };
}

/** Copies beside the goal and renames, so that nobody ever runs half a program. */
export async function keep(from: string, to: string): Promise<string> {
  await mkdir(dirname(to), { recursive: true });
  const beside = `${to}.${process.pid}.new`;
  await copyFile(from, beside);
  await chmod(beside, 0o755);
  await rename(beside, to);
  return to;
}

type Go = (...args: string[]) => Promise<string>;

async function hasGo(): Promise<boolean> {
  try {
    return (await runTool("go", ["version"])).code === 0;
  } catch {
    return false;
  }
}

/** Kubernetes replaces its own libraries by folders of its repository; they are published beside it as v0.x. */
async function replaceStagingModules(go: Go, module: string, version: string): Promise<void> {
  const download: unknown = JSON.parse(await go("mod", "download", "-json", module));
  if (typeof download !== "object" || download === null || !("GoMod" in download)) {
    throw new Error(`go mod download named no go.mod for ${module}`);
  }
  const goMod = await readFile(String(download.GoMod), "utf8");
  for (const [, path] of goMod.matchAll(/^\t(k8s\.io\/[a-z-]+) => /gm)) {
    await go("mod", "edit", "-replace", `${path}=${path}@v0.${version.slice("1.".length)}`);
  }
}

/** Kubernetes' programs refuse to work together when they do not know their own version. */
function linkerFlags(source: ToolSource): string {
  if (source.goModule !== "k8s.io/kubernetes") return "-s -w";
  const [major, minor] = source.version.split(".");
  const set = (key: string, value: string) => `-X k8s.io/component-base/version.${key}=${value}`;
  return ["-s -w", set("gitVersion", `v${source.version}`), set("gitMajor", `${major}`), set("gitMinor", `${minor}`)]
    .join(" ");
}

const KWOK_STAGES = ["node/fast", "node/heartbeat-with-lease", "pod/fast"];

/** The stages that make kwok's nodes ready and its pods run come with its module as YAML files. */
async function writeKwokStages(go: Go, folder: string): Promise<void> {
  const root = (await go("list", "-mod=mod", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kwok")).trim();
  const documents: string[] = [];
  for (const stage of KWOK_STAGES) {
    const stageFolder = join(root, "kustomize", "stage", stage);
    for (const file of (await readdir(stageFolder)).sort()) {
      if (!file.endsWith(".yaml") || file === "kustomization.yaml") continue;
      documents.push(await readFile(join(stageFolder, file), "utf8"));
    }
  }
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "kwok-stages.yaml"), documents.map((text) => `---\n${text}`).join("\n"));
}

const lastLine = (error: unknown) => String(error).trim().split("\n").at(-1) ?? "";
