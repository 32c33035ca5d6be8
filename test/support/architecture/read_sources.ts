import { readdir, readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { readSourceFacts, type SourceFacts } from "./source_facts.ts";

/** The facts of every TypeScript file below `folders` of `root`; a folder that is not there has none. */
export async function readSources(root: string, folders: readonly string[]): Promise<readonly SourceFacts[]> {
  const files: SourceFacts[] = [];
  for (const folder of folders.filter((name) => existsSync(join(root, name)))) {
    for (const entry of await readdir(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith(".ts")) continue;
      const path = join(entry.parentPath, entry.name);
      files.push(readSourceFacts(relative(root, path).split(sep).join("/"), await readFile(path, "utf8")));
    }
  }
  return files;
}
