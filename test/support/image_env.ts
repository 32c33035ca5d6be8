import { readFile } from "node:fs/promises";

const DOCKERFILE = new URL("../../Dockerfile", import.meta.url);

/** What the image's `ENV` sets for the C library, whose allocator decides what freed memory goes back. */
export async function imageMallocSettings(): Promise<Record<string, string>> {
  const settings = (await readFile(DOCKERFILE, "utf8")).matchAll(/(?<=^ENV .*)(MALLOC_\w+)=(\S+)/gm);
  const found = Object.fromEntries([...settings].map(([, name = "", value = ""]) => [name, value]));
  if (Object.keys(found).length === 0) throw new Error("The Dockerfile sets nothing for malloc");
  return found;
}
