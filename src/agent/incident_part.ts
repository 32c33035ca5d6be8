import type { ClusterEvent } from "../events/cluster_event.ts";
import { createEventRedaction } from "../events/redact_texts.ts";
import { createIncidentSaver, readIncidents } from "../incidents/incident_saver.ts";
import { createIncidentService, type IncidentService } from "../incidents/incident_service.ts";
import { takeSnapshot } from "../incidents/incident_snapshot.ts";
import { createIncidentStore, type IncidentStore } from "../incidents/incident_store.ts";
import { createStormMeter } from "../incidents/storm_meter.ts";
import type { Roster } from "../inventory/roster.ts";
import type { Condition } from "../lifecycle/condition.ts";
import type { AgentPart } from "../lifecycle/part.ts";
import type { AgentContext } from "./agent_context.ts";
import type { OutboxPart } from "./outbox_part.ts";
import { createIncidentStoreFor } from "./state_stores.ts";

/** Which faults belong together: reporters ask it for a stamp, and whoever proves an end tells it. */
export interface IncidentPart extends AgentPart {
  readonly stamp: IncidentService["stamp"];
  readonly reportEnd: IncidentService["reportEnd"];
  readonly gatherWith: IncidentService["gatherWith"];
  readonly isStorm: IncidentService["isStorm"];
  /** Says which faults of objects are open after a start: the ends of these will be told. */
  readonly reconcile: IncidentStore["reconcile"];
  /** Takes an Event about a rollout that passes by. */
  readonly noteRollout: (event: ClusterEvent) => void;
}

/** A repeat of a fault is reported when its window ends: that takes this much longer at most. */
const REPEAT_MARGIN_MS = 5 * 60_000;

/** Builds incidents, which go on from what an earlier process kept. */
export async function createIncidentPart(
  context: AgentContext,
  outbox: OutboxPart,
  roster: Roster,
  signal: AbortSignal,
): Promise<IncidentPart> {
  const { config, clock, telemetry, clusterId, leadership } = context;
  const state = createIncidentStoreFor(context, clusterId, leadership.isValid);
  const store = createIncidentStore({
    clusterId,
    roster,
    now: () => clock.now(),
    // A fault that goes on is reported once a window: that is not silence.
    quietAfterMs: Math.max(config.incidents.quiet_after, config.events.repeat_window + REPEAT_MARGIN_MS),
    onEvicted: (count) => telemetry.incidentsEnded.inc({ by: "evicted" }, count),
  });
  const kept = state === null ? [] : await readIncidents(state, signal);
  const aheadMs = leadership.aheadMs();
  store.restore(
    aheadMs === 0 ? kept : kept.map((one) => ({ ...one, heardAtMs: one.heardAtMs + aheadMs })),
    clock.now(),
  );
  if (!config.objects.enabled) store.reconcile([]);
  const service = createIncidentService({
    clusterId,
    subject: context.subject("update"),
    store,
    meter: createStormMeter(config.incidents.storm_reports, clock.now()),
    outbox: outbox.memoryWriter,
    telemetry,
    clock,
    redact: createEventRedaction(context.redactor),
  });
  const saver = state === null ? null : createIncidentSaver({
    store: state,
    clock,
    maySave: leadership.isValid,
    capture: () => takeSnapshot(store.all()),
    revision: store.revision,
  });
  return {
    name: "incidents",
    services: [...(saver === null ? [] : [saver]), service],
    stamp: service.stamp,
    reportEnd: service.reportEnd,
    gatherWith: service.gatherWith,
    isStorm: service.isStorm,
    reconcile: store.reconcile,
    noteRollout({ involvedObject: { kind, namespace, name }, message, lastSeenMs, namespace: own }) {
      if (kind !== "Deployment" || namespace !== own) return;
      roster.rollouts.sawEvent(namespace, name, message, lastSeenMs ?? clock.now());
    },
    conditions: () => saver === null ? [] : [keptCondition(saver.trouble())],
    status: () => ({ incidents: { open: store.size(), storm: service.isStorm() } }),
    refreshGauges: () => telemetry.incidentsOpen.set(store.size()),
  };
}

/** Nothing depends on it but the ids of incidents. */
function keptCondition(trouble: string | null): Condition {
  return trouble === null
    ? { name: "incidents", ok: true, detail: "are kept" }
    : { name: "incidents", ok: true, detail: `open incidents get new ids at a restart: ${trouble}` };
}
