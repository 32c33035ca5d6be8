import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { AgentError, errorMessage } from "../lifecycle/errors.ts";

/** A private folder of this process for everything that tools need on disk. */
interface WorkFolder {
  /** Mode 0700. */
  readonly path: string;
  /** Empty and not writable: the `HOME` of every tool. */
  readonly home: string;
  /** Removes the folder and all that is in it. */
  close(): Promise<void>;
}

/** Makes a fresh folder inside `parent`, which must exist. Throws an `AgentError` when it can't. */
export async function openWorkFolder(parent: string): Promise<WorkFolder> {
  try {
    const path = await mkdtemp(join(parent, "agent-commands-"));
    const home = join(path, "home");
    await mkdir(home);
    await chmod(home, 0o500);
    return { path, home, close: () => rm(path, { recursive: true, force: true }) };
  } catch (error) {
    throw new AgentError(
      "bad_configuration",
      `Cannot make a work folder for commands in ${parent}: ${
        errorMessage(error)
      }; name a folder that the agent may write`,
      { cause: error },
    );
  }
}
