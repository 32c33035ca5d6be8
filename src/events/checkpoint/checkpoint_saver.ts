import { hash } from "node:crypto";
import type { Clock } from "../../lifecycle/clock.ts";
import { errorMessage } from "../../lifecycle/errors.ts";
import { createLogger } from "../../lifecycle/logging.ts";
import type { Service } from "../../lifecycle/service.ts";
import { saveUntil } from "../../state/save_loop.ts";
import type { StateStore } from "../../state/state_store.ts";
import type { EventCheckpoint } from "../event_checkpoint.ts";

interface CheckpointSaverOptions {
  readonly store: StateStore;
  readonly clock: Clock;
  /** The checkpoint now: nothing in it is ahead of what the outbox vouches for. */
  readonly capture: () => EventCheckpoint;
  /** Whether this process may write it: with replicas, the leader alone. */
  readonly maySave?: () => boolean;
}

const FIRST_LOOK_MS = 250;

interface CheckpointSaver extends Service {
  /** Why the last write failed, with the remedy; `null` when it did not. */
  trouble(): string | null;
}

/** Saves the checkpoint when it has moved, at most once an interval, and once more at the end. */
export function createCheckpointSaver(options: CheckpointSaverOptions): CheckpointSaver {
  const { store, clock, capture, maySave = () => true } = options;
  const log = createLogger("checkpoint");
  let saved = "";
  let trouble: string | null = null;

  async function save(signal: AbortSignal): Promise<void> {
    if (!maySave()) return;
    const checkpoint = capture();
    if (saved === "" && Object.keys(checkpoint.versions).length === 0) return; // the watch is not there yet
    // The newest report alone does not do: an older one may be safe later than it.
    const state = hash("sha256", JSON.stringify([checkpoint.versions, checkpoint.reported, checkpoint.gaps]));
    if (state === saved) return;
    try {
      await store.write(checkpoint, signal);
      saved = state;
      trouble = null;
    } catch (error) {
      const message = errorMessage(error);
      if (trouble === null) {
        log.error("Cannot save the checkpoint; a restart now would repeat reports", { error: message });
      }
      trouble = message;
    }
  }

  return {
    name: "checkpoint_saver",
    trouble: () => trouble,
    // The first one soon: whoever follows a process that ends early must know where it began.
    run: (signal) =>
      saveUntil(signal, {
        clock,
        waitMs: () => saved === "" ? Math.min(FIRST_LOOK_MS, store.intervalMs) : store.intervalMs,
        save,
      }),
  };
}
