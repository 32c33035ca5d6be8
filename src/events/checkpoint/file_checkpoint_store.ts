import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { AgentError, errorMessage } from "../../lifecycle/errors.ts";
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
        if (hasCode(error, "ENOENT")) return { kind: "none" };
        throw unusable("read", path, error);
      }
      const reading = decodeCheckpoint(clusterId, text);
      if (reading.kind === "damaged") await rename(path, `${path}.damaged-${Date.now()}`);
      return reading;
    },
    async write(value) {
      try {
        await replaceFile(path, encodeCheckpoint(clusterId, value));
      } catch (error) {
        throw unusable("write", path, error);
      }
    },
  };
}

async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.new`;
  const file = await open(beside, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  await syncFolder(dirname(path));
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function unusable(action: "read" | "write", path: string, cause: unknown): AgentError {
  const folder = dirname(path);
  const remedy = hasCode(cause, "ENOSPC") || hasCode(cause, "EDQUOT")
    ? `free space in ${folder}`
    : `make the folder ${folder} the agent's own and writable (fsGroup in a pod's securityContext)`;
  return new AgentError(
    "bad_configuration",
    `Cannot ${action} ${path}: ${errorMessage(cause)}; ${remedy}, or choose another state.path`,
    { cause },
  );
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
