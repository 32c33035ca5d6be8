import type { ReportEnd, StampFault } from "../incidents/fault.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { errorMessage } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Service } from "../lifecycle/service.ts";
import { eventMessage } from "../outbox/event_message.ts";
import type { OutboxWriter } from "../outbox/outbox.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Event } from "../wire/event.ts";
import { encodeFault, type RedactFaultText, sightingOfFault } from "./encode_fault.ts";
import type { FaultTracker } from "./fault_tracker.ts";
import type { EndedFault, FaultReport } from "./tracked_object.ts";

interface ObjectServiceOptions {
  readonly clusterId: string;
  /** Of reports. */
  readonly subject: string;
  readonly tracker: FaultTracker;
  readonly outbox: OutboxWriter;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly redact: RedactFaultText;
  /** A replica that no longer leads tells nothing more. */
  readonly mayReport: () => boolean;
  /** Says which incident a fault belongs to, and writes it into the report; `null` without incidents. */
  readonly stamp: { readonly of: StampFault; readonly write: StampEvent } | null;
  readonly reportEnd: ReportEnd | null;
  /** Told of each report, as it goes out. */
  readonly onReport?: (event: Event) => void;
  /** What runs beside: feeds, and what confirms. Each ends when its signal fires. */
  readonly work: readonly ((signal: AbortSignal) => Promise<void>)[];
}

/** Writes a stamp into a report. */
type StampEvent = (
  event: Event,
  stamp: NonNullable<ReturnType<StampFault>>,
  container: string,
  redact: RedactFaultText,
) => void;

/** Tells faults of objects and their ends. */
export interface ObjectService extends Service {
  /** Something was found: the service looks soon. */
  wake(): void;
}

/** Changes come in bursts; what they mean is looked at once for all. */
const BURST_MS = 100;
/** The longest wait: what is due tells its time itself. */
const IDLE_MS = 60_000;
/** A report that the outbox lost is put again after it. */
const AGAIN_MS = 30_000;

/** Creates the service. Observers feed the tracker, synchronously; this asks it what is due, and puts it. */
export function createObjectService(options: ObjectServiceOptions): ObjectService {
  const { tracker, telemetry, clock } = options;
  const log = createLogger("objects");
  let woken = Promise.withResolvers<void>();

  async function put(report: FaultReport, signal: AbortSignal): Promise<void> {
    const { faultKey, rule, severity } = report;
    const event = encodeFault(options.clusterId, report, clock.now(), options.redact);
    const stamp = options.stamp?.of(sightingOfFault(report, event)) ?? null;
    if (stamp !== null) {
      options.stamp?.write(event, stamp, report.container, options.redact);
      tracker.noteIncident(faultKey, stamp.incident.key);
    }
    options.onReport?.(event);
    telemetry.objectFaults.inc({ rule: rule.id });
    log.info("A fault of an object is reported", { rule: rule.id, severity, fault: faultKey });
    await options.outbox.put(
      eventMessage(event, options.subject, undefined, (settlement) => {
        if (settlement.kind === "dropped" && settlement.reason !== "too_large") {
          tracker.reportAgain(faultKey, clock.now() + AGAIN_MS);
        }
      }),
      signal,
    );
  }

  function tellEnd({ faultKey, rule, incidentKey, by, proof, endedAtMs }: EndedFault): void {
    log.info("A fault of an object has ended", { rule: rule.id, fault: faultKey, by, proof });
    options.reportEnd?.({ faultKey, incidentKey, by, proof: options.redact(proof), endedAtMs });
  }

  async function tellAll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!options.mayReport()) { // it is about to be stopped, or leads again
        await clock.sleep(BURST_MS, signal).catch(() => {});
        continue;
      }
      const { reports, ends, nextAtMs } = tracker.step(clock.now());
      for (const end of ends) tellEnd(end);
      for (const report of reports) await put(report, signal);
      telemetry.objectSuspects.set(tracker.suspects());
      if (reports.length > 0) continue;
      await wait(nextAtMs === null ? IDLE_MS : nextAtMs - clock.now(), signal);
    }
  }

  /** Until it is time, or until something was found. */
  async function wait(waitMs: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const sleep = clock.sleep(Math.min(Math.max(waitMs, 1), IDLE_MS), AbortSignal.any([signal, over.signal]));
    await Promise.race([sleep, woken.promise.then(() => clock.sleep(BURST_MS, signal))]).catch(() => {});
    over.abort();
    await sleep.catch(() => {}); // an abort is seen by the loop
    woken = Promise.withResolvers();
  }

  return {
    name: "objects",
    wake: () => woken.resolve(),
    async run(signal) {
      const failed = (error: unknown) => {
        if (!signal.aborted) log.error("Rules about objects are interrupted", { error: errorMessage(error) });
        throw error;
      };
      await Promise.all([tellAll(signal), ...options.work.map((work) => work(signal).catch(failed))]);
    },
  };
}
