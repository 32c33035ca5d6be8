import { readdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { runTool } from "../sandbox/run_tool.ts";
import { type Profile, runtimePermissions } from "./build_permissions.ts";
import { type Platform, TARGETS } from "./build_target.ts";
import { v8FlagsOf } from "./v8_flags.ts";

export interface DenoBuild {
  readonly dist: string;
  readonly output: string;
  readonly platform: Platform;
  readonly profile: Profile;
}

/** `no_base`: Deno's base binary, which `deno compile` downloads, could not be had; `detail` is why. */
export type DenoBuildResult = { readonly kind: "built" } | { readonly kind: "no_base"; readonly detail: string };

/** The cause that `deno compile` names first when it has no base binary, whatever the network's own error is. */
const NO_BASE = /^\s*0: Setting up base binary\.$/m;

/** The arguments of Deno for a build; exported because a build itself can't be tried where there is no base binary. */
export async function compileArguments({ dist, output, platform, profile }: DenoBuild): Promise<readonly string[]> {
  // The bundle's parts are named: what `require` loads when it is needed is nothing that Deno would find by itself.
  const parts = (await readdir(dist)).filter((name) => name.endsWith(".cjs")).sort();
  return [
    "compile",
    "--no-check",
    ...["--target", TARGETS[platform].denoTarget],
    ...parts.flatMap((name) => ["--include", join(dist, name)]),
    `--v8-flags=${v8FlagsOf(profile).join(",")}`,
    ...runtimePermissions(profile),
    ...["--output", output],
    join(dist, "agent.mjs"),
  ];
}

/**
 * Compiles the bundle with `deno compile`. Deno takes its base binary from `DENORT_BIN`, its cache, or its own host.
 * Rejects on every failure but a missing base binary.
 */
export async function buildWithDeno(build: DenoBuild): Promise<DenoBuildResult> {
  const args = await compileArguments(build);
  const { code, stderr } = await runTool(process.execPath, args, { env: { NO_COLOR: "1" } });
  if (code === 0) return { kind: "built" };
  const words = stderr.split("\nStack backtrace:", 1)[0]?.trim() ?? "";
  if (NO_BASE.test(stderr)) return { kind: "no_base", detail: words };
  throw new Error(`deno ${args.join(" ")} ended with ${code}:\n${words}`);
}
