import type { Clock } from "../lifecycle/clock.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Service } from "../lifecycle/service.ts";
import type { OutboxWriter } from "../outbox/outbox.ts";
import { updateMessage } from "../outbox/update_message.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Update } from "../wire/update.ts";
import type { ReportEnd, RequestEvidence, StampFault } from "./fault.ts";
import type { Ending, IncidentStore } from "./incident_store.ts";
import { endingUpdate, openUpdates, type RedactName, stormUpdate } from "./incident_updates.ts";
import type { StormMeter } from "./storm_meter.ts";

interface IncidentServiceOptions {
  readonly clusterId: string;
  /** Of updates. */
  readonly subject: string;
  readonly store: IncidentStore;
  readonly meter: StormMeter;
  readonly outbox: OutboxWriter;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly redact: RedactName;
}

/** Stamps reports with their incidents, and tells what becomes of these. */
export interface IncidentService extends Service {
  readonly stamp: StampFault;
  readonly reportEnd: ReportEnd;
  /** Who gathers evidence, and how much of it was skipped since this was asked; nobody until it is said. */
  gatherWith(request: RequestEvidence, takeSkipped: () => number): void;
  /** Whether there are more reports now than anybody reads. */
  isStorm(): boolean;
}

/** How often endings are looked for. */
const LOOK_MS = 5_000;
/** How often all open incidents are listed. */
const OPEN_MS = 10 * 60_000;
/** A new shared cause is listed at once, but not more often than this. */
const SHARED_NEWS_MS = 30_000;
/** Endings that wait for the next look: far more than an agent holds open. */
const ENDINGS_LIMIT = 4_096;

/** Creates the service over a store. Stamping is synchronous and waits for nothing. */
export function createIncidentService(options: IncidentServiceOptions): IncidentService {
  const { clusterId, store, meter, telemetry, clock, redact } = options;
  const log = createLogger("incidents");
  const endings: Ending[] = [];
  let gather: RequestEvidence | null = null;
  let takeSkipped = () => 0;
  let openToldAt = clock.monotonic();

  function note(ending: Ending): void {
    telemetry.incidentsEnded.inc({ by: ending.kind === "quiet" ? "quiet" : ending.by });
    if (endings.length < ENDINGS_LIMIT) endings.push(ending);
  }

  /** What there is to tell now. */
  function takeUpdates(): readonly Update[] {
    const nowMs = clock.now();
    for (const ending of store.tick(nowMs)) note(ending);
    const updates = endings.splice(0).map((ending) => endingUpdate(clusterId, ending, redact, nowMs));
    const storm = meter.tick(nowMs);
    if (storm !== null) {
      telemetry.incidentStorms.inc();
      log.warn("More faults are reported than anybody reads; storms are summed up", {
        reports: storm.reports,
        incidents: storm.incidents,
        windowMs: storm.windowMs,
      });
      updates.push(stormUpdate(clusterId, storm, takeSkipped(), redact, nowMs));
    }
    const sinceMs = clock.monotonic() - openToldAt;
    if (sinceMs >= OPEN_MS || (sinceMs >= SHARED_NEWS_MS && store.takeSharedNews())) {
      openToldAt = clock.monotonic();
      updates.push(...openUpdates(clusterId, store.all(), redact, nowMs));
    }
    return updates;
  }

  return {
    name: "incidents",
    stamp(sighting) {
      const { stamp, incident, occasion } = store.open(sighting);
      const { isNew } = stamp.incident;
      meter.count({
        category: sighting.category,
        node: stamp.node ?? "",
        namespace: incident.namespace,
        shared: incident.shared,
        isNew,
      });
      if (isNew) {
        telemetry.incidentsOpened.inc({ family: incident.family });
        for (const { kind } of stamp.causes) telemetry.incidentCauses.inc({ kind });
      }
      if (occasion !== null && gather !== null) gather({ occasion, sighting, stamp });
      return stamp;
    },
    reportEnd(end) {
      const ending = store.end(end);
      if (ending !== null) note(ending);
    },
    gatherWith(request, skipped) {
      gather = request;
      takeSkipped = skipped;
    },
    isStorm: meter.isStorm,
    async run(signal) {
      while (!signal.aborted) {
        for (const update of takeUpdates()) {
          await Promise.resolve(options.outbox.put(updateMessage(update, options.subject), signal)).catch(() => {});
        }
        await clock.sleep(LOOK_MS, signal).catch(() => {}); // an abort is seen by the loop
      }
    },
  };
}
