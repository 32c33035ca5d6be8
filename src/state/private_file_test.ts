import assert from "node:assert/strict";
import { chmod, chown, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import process from "node:process";
import { createTempDir, type TempDir } from "../../sandbox/temp_dir.ts";
import { openPrivateFile } from "./private_file.ts";

const REFUSED: readonly { name: string; prepare: (dir: TempDir) => Promise<string>; want: RegExp }[] = [
  {
    name: "a symbolic link to a file that is there",
    prepare: async (dir) => {
      await writeFile(dir.file("victim"), "");
      await symlink(dir.file("victim"), dir.file("log"));
      return dir.file("log");
    },
    want: /it is a symbolic link/,
  },
  {
    name: "a symbolic link to nothing",
    prepare: async (dir) => {
      await symlink(dir.file("victim"), dir.file("log"));
      return dir.file("log");
    },
    want: /it is a symbolic link/,
  },
  {
    name: "a folder that every user may write",
    prepare: async (dir) => {
      await mkdir(dir.file("open"));
      await chmod(dir.file("open"), 0o777);
      return dir.file("open/log");
    },
    want: /every user may write there.*chmod o-w/,
  },
];

for (const { name, prepare, want } of REFUSED) {
  Deno.test(`private file: ${name} is refused`, async () => {
    await using dir = await createTempDir("private");
    const path = await prepare(dir);
    await assert.rejects(openPrivateFile(path), want);
    await assert.rejects(stat(dir.file("victim")).then(({ size }) => assert.ok(size > 0)));
  });
}

Deno.test("private file: another user's file in a sticky folder is refused", async () => {
  if (process.getuid?.() !== 0) return; // only root can give a file away
  await using dir = await createTempDir("private");
  await chmod(dir.path, 0o1777);
  await writeFile(dir.file("log"), "");
  await chown(dir.file("log"), 12345, 12345);
  await assert.rejects(openPrivateFile(dir.file("log")), /belongs to user 12345/);
});

Deno.test("private file: a new one is the agent's alone, and one in a sticky folder is fine", async () => {
  await using dir = await createTempDir("private");
  await chmod(dir.path, 0o1777);
  for (const text of ["first\n", "second\n"]) {
    const file = await openPrivateFile(dir.file("log"));
    await file.appendFile(text);
    await file.close();
  }
  assert.equal(await readFile(dir.file("log"), "utf8"), "first\nsecond\n");
  assert.equal((await stat(dir.file("log"))).mode & 0o777, 0o600);
});
