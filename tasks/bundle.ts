import { execFileSync } from "node:child_process";
import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import process from "node:process";
import * as esbuild from "esbuild";

/** CommonJS packages inside an ES module ask for `require`. */
const REQUIRE_BANNER =
  'import { createRequire as createRequireForBundle } from "node:module"; const require = createRequireForBundle(import.meta.url);';

/** The commit that is built, with `-dirty` where the tree differs from it; outside git AGENT_COMMIT tells it, or nobody does. */
function readCommit(): string {
  if (process.env.AGENT_COMMIT) return process.env.AGENT_COMMIT;
  try {
    const git = (...args: string[]) =>
      execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return git("rev-parse", "--short=12", "HEAD").trim() + (git("status", "--porcelain").trim() === "" ? "" : "-dirty");
  } catch {
    return "unknown";
  }
}

async function readVersion(): Promise<string> {
  const manifest: { version?: string } = JSON.parse(await readFile("deno.json", "utf8"));
  return manifest.version ?? "unknown";
}

/**
 * Parts of prom-client that nobody calls here, yet that load with it: default metrics of the runtime, the Pushgateway,
 * metrics of clustered workers. Without them the agent is 4 MB smaller.
 */
const UNUSED_METRICS_PARTS: esbuild.Plugin = {
  name: "unused-metrics-parts",
  setup(build) {
    build.onLoad({ filter: /prom-client[\\/]lib[\\/](cluster|pushgateway|defaultMetrics)\.js$/ }, () => ({
      contents: "module.exports = {};",
      loader: "js",
    }));
  },
};

await rm("dist", { recursive: true, force: true });
const result = await esbuild.build({
  entryPoints: { agent: "cli/main.ts" },
  outdir: "dist",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  // What `agent run` in a cluster does not need stays in files of its own, unread: client-node alone costs 35 MB.
  splitting: true,
  chunkNames: "agent-[name]-[hash]",
  format: "esm",
  platform: "node",
  target: "es2024",
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: false,
  legalComments: "none",
  banner: { js: REQUIRE_BANNER },
  define: { AGENT_VERSION: JSON.stringify(await readVersion()), AGENT_COMMIT: JSON.stringify(readCommit()) },
  // The demo plays on test support, which only a checkout has.
  external: ["node-forge"],
  plugins: [UNUSED_METRICS_PARTS],
  metafile: true,
  logLevel: "warning",
});
await esbuild.stop();
const sizes = Object.entries(result.metafile.outputs).map(([file, { bytes }]) => ({ file, bytes })).sort((a, b) =>
  b.bytes - a.bytes
);
for (const { file, bytes } of sizes.slice(0, 8)) {
  process.stdout.write(`${(bytes / 1024).toFixed(0).padStart(7)} KiB  ${file}\n`);
}
// Deno parses every module that a literal `import()` names before it starts, unless its cache knows it: what only some
// subcommands load, 9 MB of packages among it, would cost every first start memory. An expression waits until it runs.
for (const { file } of sizes) {
  const code = await readFile(file, "utf8");
  const lazy = code.replaceAll(/import\("(\.\/agent-[^"]+)"\)/g, 'import(String("$1"))');
  if (lazy !== code) await writeFile(file, lazy);
}
// Without a configuration of its own, `deno run dist/agent.mjs` would take the project's, and resolve every package of it
// at each start on a machine whose cache is cold: 140 MB of memory for nothing.
await writeFile("dist/deno.json", "{}\n");
await chmod("dist/agent.mjs", 0o755);
