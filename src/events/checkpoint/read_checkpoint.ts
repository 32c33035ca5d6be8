import { errorMessage } from "../../lifecycle/errors.ts";
import { createLogger } from "../../lifecycle/logging.ts";
import type { StateStore } from "../../state/state_store.ts";
import { type EventCheckpoint, eventCheckpointSchema } from "../event_checkpoint.ts";

/**
 * The checkpoint to start from, or `null`. One that can't be used is told and passed over. So is a place that can't be
 * reached, since a start must not fail by it; with `reject` it rejects.
 */
export async function readCheckpoint(
  store: StateStore,
  signal: AbortSignal,
  whenAway: "pass_over" | "reject" = "pass_over",
): Promise<EventCheckpoint | null> {
  const log = createLogger("checkpoint");
  try {
    const reading = await store.read(signal);
    if (reading.kind === "none") return null;
    if (reading.kind === "damaged") {
      log.warn("The checkpoint can't be used and is set aside; the backlog is reported instead", {
        detail: reading.detail,
      });
      return null;
    }
    const parsed = eventCheckpointSchema.safeParse(reading.value);
    if (parsed.success) return parsed.data;
    log.warn("The checkpoint can't be used and is set aside; the backlog is reported instead", {
      detail: "it is of another form",
    });
    return null;
  } catch (error) {
    signal.throwIfAborted();
    if (whenAway === "reject") throw error;
    log.error("Cannot read the checkpoint; the backlog is reported instead", { error: errorMessage(error) });
    return null;
  }
}
