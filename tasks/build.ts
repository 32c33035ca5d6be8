import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { runToolOrFail } from "../sandbox/run_tool.ts";
import { NODE_VERSION } from "./build_node_runtime.ts";
import { isProfile, type Profile } from "./build_permissions.ts";
import { hostPlatform, isPlatform, type Platform, TARGETS } from "./build_target.ts";
import { buildWithDeno } from "./build_with_deno.ts";
import { buildWithNode } from "./build_with_node.ts";
import { readBuildFacts } from "./build_facts.ts";
import { type BuiltProgram, writeSbom } from "./sbom.ts";

const HELP =
  `deno task build [--runtime auto|deno|node] [--platform OS/ARCH] [--profile workstation|image] [--output FILE]

Builds the agent as one executable, with FILE.sha256 and FILE.cdx.json (CycloneDX) beside it.

  --runtime   deno: deno compile; DENORT_BIN names its base binary, else Deno downloads it. node: a Node.js single
              executable for this machine. auto (default): deno, and node where the base binary can't be had
  --platform  ${Object.keys(TARGETS).join(", ")}; default: this machine
  --profile   what the runtime permits: image writes to /var/lib/agent and /tmp alone (default: workstation)
  --output    default: dist/agent
`;
const DIST = "dist";
const RUNTIMES = ["auto", "deno", "node"] as const;

interface BuildRequest {
  readonly runtime: typeof RUNTIMES[number];
  readonly platform: Platform;
  readonly profile: Profile;
  readonly output: string;
}

/** Throws on what it does not know, with the words to show. */
function parseRequest(args: readonly string[]): BuildRequest | null {
  const option = (fallback: string) => ({ type: "string", default: fallback }) as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      runtime: option("auto"),
      platform: option(hostPlatform()),
      profile: option("workstation"),
      output: option(join(DIST, "agent")),
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  const { platform, profile, output } = values;
  const runtime = RUNTIMES.find((name) => name === values.runtime);
  if (runtime === undefined) throw new Error(`--runtime ${values.runtime}: there are ${RUNTIMES.join(", ")}`);
  if (!isPlatform(platform)) throw new Error(`--platform ${platform}: there are ${Object.keys(TARGETS).join(", ")}`);
  if (!isProfile(profile)) throw new Error(`--profile ${profile}: there are workstation, image`);
  if (runtime === "node" && platform !== hostPlatform()) {
    throw new Error(`--runtime node builds for this machine (${hostPlatform()}) alone, not for ${platform}`);
  }
  return { runtime, platform, profile, output };
}

/** Builds the executable; returns the runtime that is in it. */
async function buildProgram({ runtime, ...build }: BuildRequest): Promise<BuiltProgram["runtime"]> {
  if (runtime !== "node") {
    const result = await buildWithDeno({ dist: DIST, ...build });
    if (result.kind === "built") return { name: "deno", version: Deno.version.deno };
    if (runtime === "deno" || process.env.DENORT_BIN || build.platform !== hostPlatform()) {
      throw new Error(`Cannot compile for ${build.platform}: ${result.detail}; name a base binary with DENORT_BIN`);
    }
    process.stderr.write(
      [
        "",
        "!! FALLBACK: this is not the release build.",
        `!! Deno's base binary can't be had: ${result.detail.replaceAll("\n", "\n!!   ")}`,
        `!! Building a Node.js ${NODE_VERSION} single executable from the same sources instead. It has no permission`,
        "!! system of its own. For the release build set DENORT_BIN, or build where Deno's host can be reached.",
        "",
        "",
      ].join("\n"),
    );
  }
  await buildWithNode({ dist: DIST, ...build });
  return { name: "node", version: NODE_VERSION };
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}

async function build(request: BuildRequest): Promise<void> {
  process.stdout.write(await runToolOrFail(process.execPath, ["run", "-A", "tasks/bundle.ts"]));
  const { output } = request;
  await rm(output, { force: true });
  const runtime = await buildProgram(request);
  await chmod(output, 0o755);
  const sha256 = await sha256Of(output);
  await writeFile(`${output}.sha256`, `${sha256}  ${basename(output)}\n`);
  await writeSbom(join(DIST, "metafile.json"), `${output}.cdx.json`, { ...await readBuildFacts(), sha256, runtime });
  const { size } = await stat(output);
  process.stdout.write(
    `${(size / 1024 / 1024).toFixed(1).padStart(7)} MiB  ${output} (${runtime.name} ${runtime.version})\n`,
  );
}

try {
  const request = parseRequest(process.argv.slice(2));
  if (request === null) process.stdout.write(HELP);
  else await build(request);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
