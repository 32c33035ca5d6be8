import assert from "node:assert/strict";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { resolveTools } from "./resolve_tools.ts";

Deno.test("resolve tools: the first folder wins, links stay links, and only executable files count", async () => {
  await using folder = await createTempDir("tools");
  const [first, second] = [folder.file("first"), folder.file("second")];
  for (const path of [first, second, `${first}/directory`]) await mkdir(path);
  for (const path of [`${first}/both`, `${second}/both`, `${second}/box`]) {
    await writeFile(path, "");
    await chmod(path, 0o755);
  }
  await writeFile(`${first}/plain`, "");
  await symlink(`${second}/box`, `${second}/ping`);
  const names = ["both", "ping", "plain", "directory", "../second/both", "none"];
  const found = await resolveTools(
    [...names.map((name) => ({ name })), { name: "own", path: `${second}/box` }, {
      name: "relative",
      path: "second/box",
    }],
    [first, second],
  );
  assert.deepEqual(Object.fromEntries(found.paths), {
    both: `${first}/both`,
    ping: `${second}/ping`,
    own: `${second}/box`,
  });
  assert.deepEqual(found.missing, ["plain", "directory", "../second/both", "none", "relative"]);
});
