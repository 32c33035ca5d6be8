import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { runToolOrFail } from "../sandbox/run_tool.ts";
import { findNodeRuntime } from "./build_node_runtime.ts";
import type { Profile } from "./build_permissions.ts";
import { v8FlagsOf } from "./v8_flags.ts";

/** The bundle's main file; what lies beside it is loaded only when it is needed. */
const MAIN = "agent.cjs";

/**
 * Gives the bundle a `require` that finds its own lazy files in the executable: there, Node's own finds only what is built
 * in. A file of several MB is turned into a string when it is asked for, not before; its bytes stay in the executable.
 */
function wrapMain(code: string): string {
  return `"use strict";
const files = new Map();
function loadFile(id) {
  if (!id.startsWith("./")) return require(id);
  const known = files.get(id);
  if (known !== undefined) return known.exports;
  const file = { exports: {} };
  files.set(id, file);
  const text = Buffer.from(require("node:sea").getRawAsset(id)).latin1Slice();
  const run = require("node:vm").compileFunction(text, ["exports", "require", "module"], { filename: id });
  run.call(file.exports, file.exports, loadFile, file);
  return file.exports;
}
(function (require) {
${code}
})(loadFile);
`;
}

/** Reads a file of the bundle, and makes sure that a reader that takes a byte for a character reads it right. */
async function readAscii(path: string): Promise<string> {
  const text = await readFile(path, "utf8");
  // deno-lint-ignore no-control-regex -- all that is ASCII
  const other = /[^\x00-\x7f]/.exec(text);
  if (other !== null) throw new Error(`${path} is not ASCII at ${other.index}; bundle with esbuild's charset "ascii"`);
  return text;
}

/**
 * Builds a single executable application of Node.js from the bundle in `dist`, for this machine's platform.
 *
 * V8 takes a code cache only under the flags it was made with: Node builds with the flags that the program runs with.
 * `execArgvExtension: "none"`: neither NODE_OPTIONS nor an option of the command line changes them.
 */
export async function buildWithNode(options: {
  readonly dist: string;
  readonly output: string;
  readonly profile: Profile;
}): Promise<void> {
  const node = await findNodeRuntime();
  const flags = v8FlagsOf(options.profile);
  const work = await mkdtemp(join(tmpdir(), "agent-build-"));
  try {
    const lazy = (await readdir(options.dist)).filter((name) => name.endsWith(".cjs") && name !== MAIN);
    for (const name of lazy) await readAscii(join(options.dist, name));
    await writeFile(join(work, MAIN), wrapMain(await readAscii(join(options.dist, MAIN))));
    const config = {
      main: join(work, MAIN),
      output: resolve(options.output),
      disableExperimentalSEAWarning: true,
      useCodeCache: true,
      execArgv: flags,
      execArgvExtension: "none",
      assets: Object.fromEntries(lazy.map((name) => [`./${basename(name)}`, resolve(options.dist, name)])),
    };
    await writeFile(join(work, "sea.json"), JSON.stringify(config));
    // It writes into the file that is there; a program that runs can't be written to, but it can be replaced.
    await rm(options.output, { force: true });
    await runToolOrFail(node, [...flags, "--build-sea", join(work, "sea.json")]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
