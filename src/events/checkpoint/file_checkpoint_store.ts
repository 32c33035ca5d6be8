import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { type CheckpointStore, decodeCheckpoint, encodeCheckpoint } from "./checkpoint_store.ts";

export interface FileCheckpointOptions {
  readonly path: string;
  readonly clusterId: string;
}

/**
 * Keeps the checkpoint in a file. It is written beside, synced, and renamed over the old one, and the folder is synced:
 * after a crash at any moment the file is the old one or the new one. A file that can't be used is renamed, not deleted.
 */
export function createFileCheckpointStore({ path, clusterId }: FileCheckpointOptions): CheckpointStore {
  return {
    intervalMs: 1_000,
    async read() {
      let text: string;
      try {
        text = await readFile(path, "utf8");
      } catch (error) {
        if (isMissing(error)) return { kind: "none" };
        throw error;
      }
      const reading = decodeCheckpoint(clusterId, text);
      if (reading.kind === "damaged") await rename(path, `${path}.damaged-${Date.now()}`);
      return reading;
    },
    async write(value) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const beside = `${path}.new`;
      const file = await open(beside, "w", 0o600);
      try {
        await file.writeFile(encodeCheckpoint(clusterId, value));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, path);
      await syncFolder(dirname(path));
    },
  };
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
