import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder that is gone, with everything in it, when the scope that holds it ends. */
export interface TempDir extends AsyncDisposable {
  readonly path: string;
  /** An absolute path of something inside. */
  file(...names: string[]): string;
}

/** Makes an empty folder in the system's temporary folder; `purpose` is part of its name. */
export async function createTempDir(purpose = "test"): Promise<TempDir> {
  const path = await mkdtemp(join(tmpdir(), `agent-${purpose}-`));
  return {
    path,
    file: (...names) => join(path, ...names),
    // A process that was just killed may still be writing its last file: Node tries again for a while.
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }),
  };
}
