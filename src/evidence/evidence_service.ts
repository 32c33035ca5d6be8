import type { FaultSighting, IncidentStamp, RequestEvidence } from "../incidents/fault.ts";
import type { KubeClient } from "../kube/kube_client.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Service } from "../lifecycle/service.ts";
import { createWakeup } from "../lifecycle/wakeup.ts";
import type { OutboxWriter } from "../outbox/outbox.ts";
import { updateMessage } from "../outbox/update_message.ts";
import type { EvidenceOutcome } from "../telemetry/label_values.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Severity } from "../wire/severity.ts";
import { assembleBundle } from "./assemble_bundle.ts";
import { collectBundle, type CollectOptions, requestsOf } from "./collect_bundle.ts";
import { createEvidenceApi } from "./evidence_api.ts";
import { createEvidenceBudget, type Reservation } from "./evidence_budget.ts";
import { createEvidenceGate } from "./evidence_gate.ts";
import type { EvidencePart } from "./evidence_part.ts";
import { planEvidence } from "./evidence_plan.ts";
import { createEvidenceQueue, type Waiting } from "./evidence_queue.ts";
import { evidenceUpdate } from "./evidence_update.ts";
import { createKnownOwners } from "./known_owners.ts";
import { createRecentReports } from "./recent_reports.ts";
import { createRefusedReads } from "./refused_reads.ts";

export interface EvidenceServiceOptions extends Pick<CollectOptions, "roster" | "allow" | "redactor" | "logLines"> {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly outbox: OutboxWriter;
  readonly clusterId: string;
  /** Of updates. */
  readonly subject: string;
  /** After the report, so that one bundle serves the burst. */
  readonly delayMs: number;
  readonly maxBytes: number;
  readonly requestsPerMinute: number;
  readonly minSeverity: Severity;
  readonly excludedNamespaces: ReadonlySet<string>;
  readonly isStorm: () => boolean;
}

/** Gathers what is known of an incident beyond its report, after it, within a budget. */
export interface EvidenceService extends Service {
  readonly request: RequestEvidence;
  /** Remembers a report, for the evidence of others of its owner and node. */
  note(sighting: FaultSighting, stamp: IncidentStamp): void;
  /** Requests that got no bundle for want of budget since this was asked. */
  takeSkipped(): number;
  /** Requests that wait. */
  waiting(): number;
  /** What the role does not allow, as RBAC calls it. */
  refused(): readonly string[];
}

const BYTES_PER_MINUTE = 4 * 2 ** 20;
const AT_ONCE = 2;
const QUEUE_LIMIT = 64;
/** From a bundle's first request to its last byte. */
const DEADLINE_MS = 5_000;
/** What waited for longer describes another moment. */
const STALE_MS = 5 * 60_000;
/** Outcomes for which a storm's update counts an incident as skipped. */
const SKIPS: ReadonlySet<EvidenceOutcome> = new Set(["storm", "queue_full", "expired"]);

/** Creates the service. Asking for evidence takes no time and never fails; it is gathered while the service runs. */
export function createEvidenceService(options: EvidenceServiceOptions): EvidenceService {
  const { clock, telemetry } = options;
  const log = createLogger("evidence");
  const monotonic = () => clock.monotonic();
  const queue = createEvidenceQueue(QUEUE_LIMIT);
  const gate = createEvidenceGate({ ...options, hasRoom: queue.hasRoom, now: monotonic });
  const budget = createEvidenceBudget({ ...options, bytesPerMinute: BYTES_PER_MINUTE }, monotonic);
  const refused = createRefusedReads(monotonic);
  const reports = createRecentReports(options.redactor, monotonic);
  const collect: CollectOptions = { ...options, reports, known: createKnownOwners(monotonic), now: () => clock.now() };
  const wakeup = createWakeup();
  let skipped = 0;

  function settle(outcome: EvidenceOutcome): void {
    telemetry.evidence.inc({ outcome });
    if (SKIPS.has(outcome)) skipped++;
  }

  /** The incident may ask again: nothing was told of it. */
  function giveUp({ request }: Waiting, outcome: EvidenceOutcome): void {
    gate.lost(request);
    settle(outcome);
  }

  async function gather(
    waiting: Waiting,
    plan: readonly EvidencePart[],
    reservation: Reservation,
    signal: AbortSignal,
  ) {
    const { request } = waiting;
    const startedAt = monotonic();
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
    const api = createEvidenceApi({
      client: options.client,
      reservation,
      refused,
      redactor: options.redactor,
      signal: deadline,
      onPause: (forMs) => budget.pause(monotonic() + forMs),
      onRefused: (resource, error) =>
        log.warn("Evidence goes without what the agent's role does not allow", { resource, error: error.message }),
      onTraffic(requests, bytes) {
        telemetry.evidenceApiRequests.inc(requests);
        telemetry.evidenceApiBytes.inc(bytes);
      },
    });
    try {
      const { bundle, omitted } = await collectBundle(request, plan, api, collect, deadline);
      const assembled = assembleBundle(bundle, omitted, options.maxBytes);
      for (const { reason } of assembled.omitted) telemetry.evidenceOmitted.inc({ reason });
      if (signal.aborted) return giveUp(waiting, "stopped");
      if (bundle.size === 0) return giveUp(waiting, "empty");
      const durationMs = monotonic() - startedAt;
      const update = evidenceUpdate(options.clusterId, request, assembled, { ...api.cost(), durationMs }, clock.now());
      await options.outbox.put(updateMessage(update, options.subject), signal);
      telemetry.evidenceSeconds.observe({}, durationMs / 1_000);
      settle("sent");
    } catch (error) {
      if (signal.aborted) return giveUp(waiting, "stopped");
      giveUp(waiting, "failed");
      log.error("Cannot collect evidence; the agent continues without it", {
        rule: request.sighting.rule,
        error: error instanceof Error ? error.message : String(error),
      });
    } finally {
      reservation.close();
    }
  }

  /** Starts what is due and has room; returns when to look again, monotonic, `null` for "when something happens". */
  function startDue(running: Set<Promise<void>>, signal: AbortSignal): number | null {
    for (const old of queue.takeOlder(monotonic() - STALE_MS)) giveUp(old, "expired");
    while (running.size < AT_ONCE) {
      const waiting = queue.first(monotonic());
      if (waiting === null) return queue.nextDueMs();
      const { stamp, sighting } = waiting.request;
      const plan = planEvidence(stamp.incident.family, sighting);
      const requests = requestsOf(plan, sighting.object.kind);
      const reservation = budget.reserve(requests);
      if (reservation === null) return budget.freeAt(requests);
      queue.remove(waiting);
      const work = gather(waiting, plan, reservation, signal).finally(() => running.delete(work));
      running.add(work);
      wakeup.watch(work);
    }
    return null;
  }

  return {
    name: "evidence",
    request(request) {
      const refusal = gate.refuse(request);
      if (refusal !== null) return settle(refusal);
      if (queue.has(request.stamp.incident.key)) return settle("repeated");
      const now = monotonic();
      const lost = queue.put({ request, askedAtMs: now, dueAtMs: now + options.delayMs });
      if (lost !== null) giveUp(lost, "queue_full");
      if (queue.size() === 1) wakeup.fire(); // else the loop wakes for one that is due before
    },
    note: reports.note,
    takeSkipped() {
      const count = skipped;
      skipped = 0;
      return count;
    },
    waiting: queue.size,
    refused: refused.resources,
    async run(signal) {
      const running = new Set<Promise<void>>();
      const wake = () => wakeup.fire();
      signal.addEventListener("abort", wake, { once: true });
      while (!signal.aborted) {
        const until = startDue(running, signal);
        const waited = new AbortController();
        if (until !== null) clock.sleep(Math.max(1, until - monotonic()), waited.signal).then(wake, () => {});
        await wakeup.next();
        waited.abort();
      }
      await Promise.all(running);
      for (let left = queue.clear(); left > 0; left--) settle("stopped");
    },
  };
}
