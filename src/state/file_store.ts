import { mkdir, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { AgentError, errorCode, errorMessage } from "../lifecycle/errors.ts";
import { readPlainFile } from "./plain_file.ts";
import { replaceFile } from "./replace_file.ts";
import { decodeState, encodeState, type StateStore } from "./state_store.ts";

interface FileStoreOptions {
  readonly path: string;
  readonly clusterId: string;
}

/**
 * Keeps a value in a file, which a crash at any moment leaves whole. A file that can't be used is renamed, not deleted.
 */
export function createFileStore({ path, clusterId }: FileStoreOptions): StateStore {
  return {
    intervalMs: 1_000,
    async read() {
      let text: string;
      try {
        text = (await readPlainFile(path)).toString("utf8");
      } catch (error) {
        if (errorCode(error) === "ENOENT") return { kind: "none" };
        throw unusable("read", path, error);
      }
      const reading = decodeState(clusterId, text);
      if (reading.kind === "damaged") await rename(path, `${path}.damaged-${Date.now()}`);
      return reading;
    },
    async write(value) {
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        const file = await replaceFile(path, encodeState(clusterId, value));
        await file.close();
      } catch (error) {
        throw unusable("write", path, error);
      }
    },
  };
}

function unusable(action: "read" | "write", path: string, cause: unknown): AgentError {
  if (cause instanceof AgentError) return cause;
  const folder = dirname(path);
  const remedy = ["ENOSPC", "EDQUOT"].includes(errorCode(cause) ?? "")
    ? `free space in ${folder}`
    : `make the folder ${folder} the agent's own and writable (fsGroup in a pod's securityContext)`;
  return new AgentError(
    "bad_configuration",
    `Cannot ${action} ${path}: ${errorMessage(cause)}; ${remedy}, or choose another state.path`,
    { cause },
  );
}
