import { hash } from "node:crypto";
import type { Clock } from "../lifecycle/clock.ts";
import { errorMessage } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Service } from "../lifecycle/service.ts";
import { saveUntil } from "../state/save_loop.ts";
import type { StateStore } from "../state/state_store.ts";
import type { Incident } from "./incident.ts";
import { type IncidentSnapshot, incidentSnapshotSchema, readSnapshot } from "./incident_snapshot.ts";

interface IncidentSaverOptions {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly capture: () => IncidentSnapshot;
  /** Another number after each change of what `capture` takes: five hundred incidents a second are work. */
  readonly revision: () => number;
  /** A replica that no longer leads leaves what is kept to the next leader. */
  readonly maySave: () => boolean;
}

interface IncidentSaver extends Service {
  /** Why the last write failed, with the remedy; `null` when it did not. */
  trouble(): string | null;
}

/** Saves open incidents when they have changed, at most once an interval, and once more at the end. */
export function createIncidentSaver({ store, clock, capture, revision, maySave }: IncidentSaverOptions): IncidentSaver {
  const log = createLogger("incidents");
  let saved = hash("sha256", JSON.stringify(capture()));
  let savedRevision = revision();
  let trouble: string | null = null;

  async function save(signal: AbortSignal): Promise<void> {
    const present = revision();
    if (present === savedRevision || !maySave()) return;
    const snapshot = capture();
    const state = hash("sha256", JSON.stringify(snapshot));
    try {
      if (state !== saved) await store.write(snapshot, signal);
      savedRevision = present;
      saved = state;
      trouble = null;
    } catch (error) {
      const message = errorMessage(error);
      if (trouble === null) {
        log.error("Cannot save the open incidents; a restart now would give them new ids", { error: message });
      }
      trouble = message;
    }
  }

  return {
    name: "incident_saver",
    trouble: () => trouble,
    run: (signal) => saveUntil(signal, { clock, waitMs: () => store.intervalMs, save }),
  };
}

/** The incidents of an earlier process; none where they can't be read, which is told: a start never fails by it. */
export async function readIncidents(store: StateStore, signal: AbortSignal): Promise<readonly Incident[]> {
  const log = createLogger("incidents");
  const setAside = (detail: string) => {
    log.warn("The open incidents of an earlier run can't be used; they get new ids", { detail });
    return [];
  };
  try {
    const reading = await store.read(signal);
    if (reading.kind === "none") return [];
    if (reading.kind === "damaged") return setAside(reading.detail);
    const parsed = incidentSnapshotSchema.safeParse(reading.value);
    return parsed.success ? readSnapshot(parsed.data) : setAside("they are of another form");
  } catch (error) {
    signal.throwIfAborted();
    return setAside(errorMessage(error));
  }
}
