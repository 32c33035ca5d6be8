import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { findTool, ToolMissingError } from "./find_tool.ts";
import { createTempDir, type TempDir } from "./temp_dir.ts";

async function plant(dir: TempDir, ...names: string[]): Promise<string> {
  const path = dir.file(...names);
  await mkdir(dir.file(...names.slice(0, -1)), { recursive: true });
  await writeFile(path, "#!/bin/sh\n");
  await chmod(path, 0o755);
  return path;
}

Deno.test("find_tool: the environment comes before PATH, PATH before the cache", async () => {
  await using dir = await createTempDir("find-tool");
  const named = await plant(dir, "named");
  const onPath = await plant(dir, "bin", "nats-server");
  const cached = await plant(dir, "cache", "agent-tools", "nats-server-2.12.0", "nats-server");
  const base = { XDG_CACHE_HOME: dir.file("cache") };
  const find = (env: Record<string, string>) => findTool("nats-server", { env: { ...base, ...env }, fetch: false });
  assert.equal(await find({ NATS_SERVER: named, PATH: dir.file("bin") }), named);
  assert.equal(await find({ PATH: dir.file("bin") }), onPath);
  assert.equal(await find({ PATH: dir.file("empty") }), cached);
});

Deno.test("find_tool: a named path that is no program is an error, whatever is on PATH", async () => {
  await using dir = await createTempDir("find-tool");
  await plant(dir, "bin", "nats-server");
  for (const named of [dir.file("none"), dir.path]) {
    await assert.rejects(
      findTool("nats-server", { env: { NATS_SERVER: named, PATH: dir.file("bin") }, fetch: false }),
      (error: Error) => error instanceof ToolMissingError && error.message.includes(`NATS_SERVER names ${named}`),
    );
  }
});

Deno.test("find_tool: KUBEBUILDER_ASSETS names a folder", async () => {
  await using dir = await createTempDir("find-tool");
  const etcd = await plant(dir, "assets", "etcd");
  assert.equal(await findTool("etcd", { env: { KUBEBUILDER_ASSETS: dir.file("assets"), PATH: "" } }), etcd);
});

Deno.test("find_tool: a program that nobody has is one error with the remedy", async () => {
  await using dir = await createTempDir("find-tool");
  await assert.rejects(
    findTool("nats-server", { env: { XDG_CACHE_HOME: dir.path, PATH: "" }, fetch: false }),
    (error: Error) => error instanceof ToolMissingError && /NATS_SERVER/.test(error.message),
  );
});
