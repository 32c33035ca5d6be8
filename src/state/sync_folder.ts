import { open } from "node:fs/promises";

/** Makes new and changed names in a folder last: a name is in the folder, not in the file. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
