import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import process from "node:process";
import * as esbuild from "esbuild";
import { readBuildFacts } from "./build_facts.ts";
import { V8_FLAGS } from "./v8_flags.ts";

/**
 * What only some subcommands or configurations load, each in a file of its own that stays unread until then: client-node
 * alone costs 35 MB. `imported` matches what the sources import, `source` is what is bundled.
 */
const LAZY_FILES = [
  { imported: /^@kubernetes\/client-node$/, source: "@kubernetes/client-node", file: "client-node.cjs" },
  { imported: /^recheck$/, source: "recheck/lib/browser.js", file: "recheck.cjs" }, // its main file looks for Java and workers
  { imported: /^node-forge$/, source: "node-forge", file: "node-forge.cjs" },
  { imported: /^\.\/export_traces\.ts$/, source: "./src/telemetry/export_traces.ts", file: "export-traces.cjs" },
] as const;

/**
 * Redaction's thread: its code is a text in a lazy file, and `openRedactionWorker` there starts a thread from it. An
 * executable has no file that a thread could be started from.
 */
const WORKER = {
  imported: /^\.\/open_redaction_worker\.ts$/,
  source: "src/redaction/redaction_worker.ts",
  file: "redaction-worker.cjs",
} as const;

/** A program that is run as a file takes V8's flags by itself. */
const SHEBANG = `#!/usr/bin/env -S deno run -A --v8-flags=${V8_FLAGS.join(",")}`;

/** Puts a `require` of its own file in the place of what is lazy; inside that file the source itself is found. */
const REQUIRE_LAZY_FILES: esbuild.Plugin = {
  name: "lazy-files",
  setup(build) {
    for (const { imported, file } of [...LAZY_FILES, WORKER]) {
      build.onResolve({ filter: imported }, () => ({ path: file, namespace: "lazy" }));
    }
    build.onLoad({ filter: /.*/, namespace: "lazy" }, ({ path }) => ({
      contents: `module.exports = require("./${path}");`,
      loader: "js",
    }));
    build.onResolve({ filter: /.*/, namespace: "lazy" }, ({ path }) => ({ path, external: true }));
  },
};

const OPTIONS = {
  bundle: true,
  // CommonJS, because Deno analyses every ES module that it has not met before: on a cold cache that cost each first
  // start 22 MB. What `require` loads is compiled as it is, on Deno and on Node.
  format: "cjs",
  // A single executable of Node has no import(); what a package asks for that way must be there by require().
  supported: { "dynamic-import": false },
  platform: "node",
  target: "es2024",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  // Only the sources as they are ask for their own place.
  logOverride: { "empty-import-meta": "silent" },
} as const satisfies esbuild.BuildOptions;

/** Writes the file that stands in the place of `open_redaction_worker.ts`. */
async function bundleWorker() {
  const result = await esbuild.build({
    ...OPTIONS,
    entryPoints: [WORKER.source],
    outfile: `dist/${WORKER.file}`,
    write: false,
  });
  const code = result.outputFiles[0]?.text ?? "";
  await writeFile(
    `dist/${WORKER.file}`,
    `const { Worker } = require("node:worker_threads");\n` +
      `exports.openRedactionWorker = () => new Worker(${JSON.stringify(code)}, { eval: true });\n`,
  );
  return result;
}

const { version, commit } = await readBuildFacts();
await rm("dist", { recursive: true, force: true });
await mkdir("dist");
const results = await Promise.all([
  bundleWorker(),
  esbuild.build({
    ...OPTIONS,
    entryPoints: ["cli/main.ts"],
    outfile: "dist/agent.cjs",
    define: { AGENT_VERSION: JSON.stringify(version), AGENT_COMMIT: JSON.stringify(commit) },
    plugins: [REQUIRE_LAZY_FILES],
  }),
  ...LAZY_FILES.map(({ source, file }) =>
    esbuild.build({
      ...OPTIONS,
      // Spread: without the mark of a compiled ES module, `default` is all of it, as Deno and Node read CommonJS.
      stdin: {
        contents: `module.exports = { ...require(${JSON.stringify(source)}) };`,
        resolveDir: ".",
        sourcefile: file,
      },
      outfile: `dist/${file}`,
    })
  ),
]);
await esbuild.stop();
// esbuild leaves regular expressions as they are. One character beyond Latin-1 makes V8 keep the whole text in two bytes
// a character: 1.5 MB more for the agent's own file.
for (const file of await readdir("dist")) {
  const code = await readFile(`dist/${file}`, "utf8");
  const ascii = code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  if (ascii !== code) await writeFile(`dist/${file}`, ascii);
}
// What is inside, for the bill of materials.
await writeFile(
  "dist/metafile.json",
  JSON.stringify({
    inputs: Object.assign({}, ...results.map(({ metafile }) => metafile.inputs)),
    outputs: Object.assign({}, ...results.map(({ metafile }) => metafile.outputs)),
  }),
);
for (const { metafile } of results) {
  for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
    process.stdout.write(`${(bytes / 1024).toFixed(0).padStart(7)} KiB  ${file}\n`);
  }
}
await writeFile(
  "dist/agent.mjs",
  `${SHEBANG}\nimport { createRequire } from "node:module";\ncreateRequire(import.meta.url)("./agent.cjs");\n`,
);
// Without a configuration of its own, `deno run dist/agent.mjs` would take the project's, and resolve every package of it
// at each start on a machine whose cache is cold: 140 MB of memory for nothing.
await writeFile("dist/deno.json", "{}\n");
await chmod("dist/agent.mjs", 0o755);
