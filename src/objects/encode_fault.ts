import { compact } from "../lifecycle/compact.ts";
import { redactText } from "../redaction/redact_text.ts";
import type { Redactor } from "../redaction/redactor.ts";
import type { FaultSighting } from "../incidents/fault.ts";
import type { Event } from "../wire/event.ts";
import { occurrenceId } from "../wire/message_id.ts";
import { rfc3339 } from "../wire/rfc3339.ts";
import type { FaultReport } from "./tracked_object.ts";

/** Cuts secrets out of one text of a report. */
export type RedactFaultText = (text: string) => string;

/** The function that every text of a report goes through: conditions quote what webhooks and registries answered. */
export function createFaultRedaction(redactor: Redactor): RedactFaultText {
  return (text) => redactText(text, { redactor }).text;
}

/**
 * The wire message of a fault of an object. Its id is made of the cluster, the object's uid, the rule and what names the
 * occurrence (a container's id, a transition's time): the same after a restart and from a second replica.
 */
export function encodeFault(clusterId: string, report: FaultReport, nowMs: number, redact: RedactFaultText): Event {
  const { rule, object, owner, container, facts } = report;
  const { kind, namespace, name, uid } = object;
  const isOwn = owner.kind === kind && owner.name === name;
  return {
    id: faultId(clusterId, report),
    cluster_id: clusterId,
    type: "k8s_state",
    source: "kubernetes",
    namespace,
    severity: report.severity,
    reason: redact(report.reason),
    message: redact(report.message),
    timestamp: rfc3339(report.lastMs),
    reported_at: rfc3339(nowMs),
    labels: {
      kind,
      name,
      uid,
      event_type: "STATE",
      k8s_event_type: "Warning",
      reporting_component: "agent",
      category: rule.category,
      rule: rule.id,
      ...(isOwn ? {} : compact({ owner_kind: owner.kind || undefined, owner_name: owner.name })),
      ...(container === "" ? {} : { container }),
    },
    raw_data: {
      count: report.count,
      first_timestamp: rfc3339(report.firstMs),
      last_timestamp: rfc3339(report.lastMs),
      involved_object: { kind, namespace, name, uid },
      ...(facts === null ? {} : { container: facts }),
      affected: {
        objects: report.affected.objects,
        ...compact({ of: report.affected.of ?? undefined }),
        names: report.affected.names,
      },
    },
    rule: rule.id,
    category: rule.category,
    explanation: rule.explanation,
  };
}

/** The report as incidents see it. */
export function sightingOfFault(report: FaultReport, event: Event): FaultSighting {
  const { rule, object, container, faultKey } = report;
  return {
    kind: "object",
    rule: rule.id,
    category: rule.category,
    severity: report.severity,
    namespace: object.namespace,
    object: { kind: object.kind, name: object.name, uid: object.uid },
    ...(report.related === null ? {} : { related: report.related }),
    container,
    message: event.message,
    atMs: report.lastMs,
    reportId: event.id,
    faultKey,
  };
}

function faultId(clusterId: string, { rule, object, container, occurrence }: FaultReport): string {
  return occurrenceId(clusterId, object.uid || object.name, `${rule.id}\n${container}\n${occurrence}`);
}
