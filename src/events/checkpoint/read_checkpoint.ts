import { errorMessage } from "../../lifecycle/errors.ts";
import { createLogger } from "../../lifecycle/logging.ts";
import type { StateStore } from "../../state/state_store.ts";
import { type EventCheckpoint, eventCheckpointSchema } from "../event_checkpoint.ts";

/** The checkpoint to start from, or `null`. One that can't be used is told and passed over: a start never fails by it. */
export async function readCheckpoint(store: StateStore, signal: AbortSignal): Promise<EventCheckpoint | null> {
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
    log.error("Cannot read the checkpoint; the backlog is reported instead", { error: errorMessage(error) });
    return null;
  }
}
