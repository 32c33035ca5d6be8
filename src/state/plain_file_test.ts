import assert from "node:assert/strict";
import { lstat, mkdir, readFile, symlink, truncate, writeFile } from "node:fs/promises";
import { runTool } from "../../sandbox/run_tool.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { AgentError } from "../lifecycle/errors.ts";
import { openPlainFile, readPlainFile } from "./plain_file.ts";
import { replaceFile } from "./replace_file.ts";

const REFUSED = [
  { name: "a symbolic link", make: (path: string, secret: string) => symlink(secret, path), want: /symbolic link/ },
  {
    name: "a symbolic link to nothing",
    make: (path: string) => symlink("/nowhere/at/all", path),
    want: /symbolic link/,
  },
  {
    name: "a pipe that nobody writes",
    make: async (path: string) => void await runTool("mkfifo", [path]),
    want: /not a regular file/,
  },
];

for (const { name, make, want } of REFUSED) {
  Deno.test(`plain file: ${name} is refused, to read, to append and to replace, and what it points to stays`, async () => {
    await using dir = await createTempDir("plain-file");
    const [path, secret] = [dir.file("checkpoint.json"), dir.file("secret")];
    await writeFile(secret, "do not touch");
    await make(path, secret);
    const isRefusal = (error: unknown) =>
      error instanceof AgentError && error.message.startsWith(`Cannot use ${path}: it is `) && want.test(error.message);
    await assert.rejects(readPlainFile(path), isRefusal);
    for (const use of ["read", "change", "append"] as const) await assert.rejects(openPlainFile(path, use), isRefusal);
    await assert.rejects(replaceFile(path, "ours"), isRefusal);
    assert.equal(await readFile(secret, "utf8"), "do not touch");
    assert.equal((await lstat(path)).isFile(), false);
  });
}

Deno.test("plain file: a link at the place of the new file is taken away, not written through", async () => {
  await using dir = await createTempDir("plain-file");
  await writeFile(dir.file("secret"), "do not touch");
  await symlink(dir.file("secret"), dir.file("state.new"));
  await (await replaceFile(dir.file("state"), "ours")).close();
  assert.equal(await readFile(dir.file("secret"), "utf8"), "do not touch");
  assert.equal(await readFile(dir.file("state"), "utf8"), "ours");
});

Deno.test("plain file: a folder is refused", async () => {
  await using dir = await createTempDir("plain-file");
  await mkdir(dir.file("state"));
  await assert.rejects(readPlainFile(dir.file("state")), /not a regular file/);
});

Deno.test("plain file: one that is larger than any of the agent's own is not read", async () => {
  await using dir = await createTempDir("plain-file");
  await writeFile(dir.file("state"), "");
  await truncate(dir.file("state"), 1024 ** 4); // a terabyte that takes no room
  await assert.rejects(readPlainFile(dir.file("state")), /it has 1099511627776 bytes/);
});

Deno.test("plain file: one that is not there keeps the system's error", async () => {
  await using dir = await createTempDir("plain-file");
  await assert.rejects(readPlainFile(dir.file("state")), { code: "ENOENT" });
});
