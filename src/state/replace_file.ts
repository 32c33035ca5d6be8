import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { refuseNoPlainFile } from "./plain_file.ts";
import { checkPrivateFolder } from "./private_file.ts";
import { syncFolder } from "./sync_folder.ts";

/**
 * Puts a file that holds `text` in the place of what stands at `path`, and leaves it open for appending. It is written
 * beside, synced, and renamed over the old one, and the folder is synced: after a crash at any moment the old file is
 * there or the new one. Only the agent's own user may read it. What is not a regular file is not replaced, and
 * nothing is written where every user may write: that is an `AgentError`, everything else the system's error.
 */
export async function replaceFile(path: string, text: string): Promise<FileHandle> {
  await checkPrivateFolder(dirname(path));
  await refuseNoPlainFile(path);
  const beside = `${path}.new`;
  await rm(beside, { force: true });
  const file = await open(beside, "ax", 0o600);
  try {
    await file.appendFile(text);
    await file.sync();
    await rename(beside, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await file.close();
    throw error;
  }
  return file;
}
