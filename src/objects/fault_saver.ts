import { hash } from "node:crypto";
import type { Clock } from "../lifecycle/clock.ts";
import { errorMessage } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Service } from "../lifecycle/service.ts";
import { saveUntil } from "../state/save_loop.ts";
import type { StateStore } from "../state/state_store.ts";
import { type FaultSnapshot, faultSnapshotSchema } from "./fault_snapshot.ts";

interface FaultSaverOptions {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly capture: () => FaultSnapshot;
  /** Another number after each change of what `capture` takes: with a thousand suspects, a snapshot a second is work. */
  readonly revision: () => number;
  /** A replica that no longer leads leaves what is kept to the next leader. */
  readonly maySave: () => boolean;
}

const NOTHING: FaultSnapshot = { faults: [], over: [] };

interface FaultSaver extends Service {
  /** Why the last write failed, with the remedy; `null` when it did not. */
  trouble(): string | null;
}

/** Saves open faults when they have changed, at most once an interval, and once more at the end. */
export function createFaultSaver({ store, clock, capture, revision, maySave }: FaultSaverOptions): FaultSaver {
  const log = createLogger("objects");
  const hashOf = (snapshot: FaultSnapshot) => hash("sha256", JSON.stringify(snapshot));
  let saved = hashOf(capture());
  let savedRevision = revision();
  let trouble: string | null = null;

  async function save(signal: AbortSignal): Promise<void> {
    const present = revision();
    if (present === savedRevision || !maySave()) return;
    const snapshot = capture();
    const state = hashOf(snapshot);
    try {
      if (state !== saved) await store.write(snapshot, signal);
      savedRevision = present;
      saved = state;
      trouble = null;
    } catch (error) {
      const message = errorMessage(error);
      if (trouble === null) {
        log.error("Cannot save the open faults of objects; a restart now would repeat their reports", {
          error: message,
        });
      }
      trouble = message;
    }
  }

  return {
    name: "object_saver",
    trouble: () => trouble,
    run: (signal) => saveUntil(signal, { clock, waitMs: () => store.intervalMs, save }),
  };
}

/** The open faults of an earlier process; none where they can't be read, which is told: a start never fails by it. */
export async function readFaults(store: StateStore, signal: AbortSignal): Promise<FaultSnapshot> {
  const log = createLogger("objects");
  const setAside = (detail: string) => {
    log.warn("The open faults of an earlier run can't be used; what still holds is reported again", { detail });
    return NOTHING;
  };
  try {
    const reading = await store.read(signal);
    if (reading.kind === "none") return NOTHING;
    if (reading.kind === "damaged") return setAside(reading.detail);
    const parsed = faultSnapshotSchema.safeParse(reading.value);
    return parsed.success ? parsed.data : setAside("they are of another form");
  } catch (error) {
    signal.throwIfAborted();
    return setAside(errorMessage(error));
  }
}
