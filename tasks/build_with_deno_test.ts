import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createTempDir, type TempDir } from "../sandbox/temp_dir.ts";
import { TARGETS } from "./build_target.ts";
import { buildWithDeno, compileArguments, type DenoBuild } from "./build_with_deno.ts";

async function createBuild(dir: TempDir): Promise<DenoBuild> {
  await writeFile(dir.file("agent.mjs"), `import { createRequire } from "node:module";\n`);
  for (const name of ["agent.cjs", "lazy.cjs"]) await writeFile(dir.file(name), "module.exports = {};\n");
  await writeFile(dir.file("metafile.json"), "{}\n");
  return { dist: dir.path, output: dir.file("agent"), platform: "linux/amd64", profile: "image" };
}

Deno.test("deno compile is told every part of the bundle, for V8 its flags, and the fewest permissions", async () => {
  await using dir = await createTempDir("build");
  const args = await compileArguments(await createBuild(dir));
  const included = args.filter((_, index) => args[index - 1] === "--include");
  assert.deepEqual(included, [dir.file("agent.cjs"), dir.file("lazy.cjs")]);
  assert.deepEqual(args.slice(-3), ["--output", dir.file("agent"), dir.file("agent.mjs")]);
  assert.ok(args.includes(TARGETS["linux/amd64"].denoTarget));
  const flags = args.find((arg) => arg.startsWith("--v8-flags="));
  assert.match(flags ?? "", /=--max-semi-space-size=\d+,.*--max-old-space-size=128$/);
  assert.deepEqual(args.filter((arg) => /^--(allow|deny|no-prompt|unstable)/.test(arg)).sort(), [
    "--allow-env",
    "--allow-net",
    "--allow-read",
    "--allow-run",
    "--allow-sys",
    "--allow-write=/var/lib/agent,/tmp",
    "--no-prompt",
  ]);
});

/** Runs `act` with DENORT_BIN set; other tests of this process do not compile anything. */
async function withBaseBinary<T>(path: string, act: () => Promise<T>): Promise<T> {
  const before = process.env.DENORT_BIN;
  process.env.DENORT_BIN = path;
  try {
    return await act();
  } finally {
    if (before === undefined) delete process.env.DENORT_BIN;
    else process.env.DENORT_BIN = before;
  }
}

Deno.test("deno compile takes its base binary from DENORT_BIN", async () => {
  await using dir = await createTempDir("build");
  // Any executable does: it is copied, and the program is put behind it.
  const build = await createBuild(dir);
  assert.deepEqual(await withBaseBinary(process.execPath, () => buildWithDeno(build)), { kind: "built" });
});

Deno.test("a named base binary that is not there, and a bundle that is broken, are failures, no reason to fall back", async () => {
  await using dir = await createTempDir("build");
  const build = await createBuild(dir);
  await assert.rejects(withBaseBinary(dir.file("nothing"), () => buildWithDeno(build)), /nothing/);
  await writeFile(dir.file("agent.mjs"), `import "./missing.mjs";\n`);
  await assert.rejects(withBaseBinary(process.execPath, () => buildWithDeno(build)), /missing\.mjs/);
});
