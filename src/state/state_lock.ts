import { mkdir } from "node:fs/promises";
import type { Clock } from "../lifecycle/clock.ts";
import { AgentError, errorMessage } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Service } from "../lifecycle/service.ts";
import { type FolderLock, LOCK_TOUCH_MS, takeFolderLock } from "./folder_lock.ts";

interface StateLockOptions {
  /** The folder of the state's files; made if it is not there, for the owner alone. */
  readonly dir: string;
  readonly clock: Clock;
}

/**
 * Keeps the folder of the state to this process: two copies would undo each other's checkpoint, and would not know each
 * other's nonces. Rejects with an `AgentError` when another process uses the folder, and the service ends with it when
 * one takes the folder over. A disk that refuses is no failure: the lock is tried again, and what can't be written is
 * told by whoever writes it.
 */
export async function openStateLock({ dir, clock }: StateLockOptions, signal: AbortSignal): Promise<Service> {
  const log = createLogger("state");
  const place = { dir, file: "state.lock", what: "the state folder", setting: "state.path", clock };
  let refused = false;

  async function take(takeSignal: AbortSignal): Promise<FolderLock | null> {
    try {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const taken = await takeFolderLock(place, takeSignal);
      refused = false;
      return taken;
    } catch (error) {
      if (error instanceof AgentError || takeSignal.aborted) throw error;
      if (!refused) {
        log.warn("The state folder can't be locked; a second agent would go unnoticed", { error: errorMessage(error) });
      }
      refused = true;
      return null;
    }
  }

  let lock = await take(signal);
  return {
    name: "state_lock",
    async run(runSignal) {
      try {
        while (!runSignal.aborted) {
          await clock.sleep(LOCK_TOUCH_MS, runSignal).catch(() => {});
          if (runSignal.aborted) break;
          if (lock === null || !await lock.touch()) lock = await take(runSignal);
        }
      } finally {
        await lock?.release().catch(() => {}); // what stays is known to be abandoned
      }
    },
  };
}
