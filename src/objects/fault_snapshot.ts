import * as z from "zod/mini";
import { severitySchema } from "../wire/severity.ts";
import type { FaultTracker } from "./fault_tracker.ts";
import type { ObjectRule } from "./object_rule.ts";
import type { OpenFault, RestoredMember, Suspect } from "./tracked_object.ts";

const text = z.string().check(z.maxLength(2_048));
const time = z.number();

const memberSchema = z.object({
  kind: text,
  namespace: text,
  name: text,
  uid: text,
  occurrence: text,
  reason: text,
  message: text,
  since: time,
  deaths: z.array(time).check(z.maxLength(20)),
});
const faultSchema = z.object({
  rule: text,
  container: text,
  namespace: text,
  owner: z.object({ kind: text, name: text }),
  severity: severitySchema,
  opened: time,
  reported: time,
  incident: text,
  deaths: z.number(),
  members: z.array(memberSchema).check(z.maxLength(64)),
});

const overSchema = z.object({ rule: text, container: text, member: memberSchema });

/** Open faults, and what is over and still shows in lists, as they outlive the process. */
export const faultSnapshotSchema = z.object({
  faults: z.array(faultSchema).check(z.maxLength(1_024)),
  over: z._default(z.array(overSchema).check(z.maxLength(1_024)), []),
});
export type FaultSnapshot = z.infer<typeof faultSnapshotSchema>;
type SavedFault = FaultSnapshot["faults"][number];
type SavedMember = SavedFault["members"][number];

/** The newest are kept: with a few members each they stay below half of what a ConfigMap holds. */
const FAULTS_KEPT = 256;
const MEMBERS_KEPT = 4;
const MESSAGE_KEPT = 120;
const OVER_KEPT = 256;

/** What is worth keeping: faults that somebody was told of, and what would be told again after a restart. */
export function takeFaultSnapshot(tracker: Pick<FaultTracker, "openFaults" | "allSuspects">): FaultSnapshot {
  const told = tracker.openFaults().filter(({ reportedAtMs }) => reportedAtMs !== null);
  return {
    faults: told.slice(-FAULTS_KEPT).map(saveFault),
    over: tracker.allSuspects().filter(({ isOver }) => isOver).slice(-OVER_KEPT).map((suspect) => ({
      rule: suspect.rule.id,
      container: suspect.container,
      member: saveMember(suspect),
    })),
  };
}

function saveFault(fault: OpenFault): SavedFault {
  return {
    rule: fault.rule.id,
    container: fault.container,
    namespace: fault.namespace,
    owner: { kind: fault.owner.kind, name: fault.owner.name },
    severity: fault.severity,
    opened: fault.openedAtMs,
    reported: fault.reportedAtMs ?? fault.openedAtMs,
    incident: fault.incidentKey,
    deaths: fault.deaths,
    members: [...fault.members].slice(0, MEMBERS_KEPT).map(saveMember),
  };
}

function saveMember({ object: { ref }, finding, sinceMs, deaths }: Suspect): SavedMember {
  return {
    kind: ref.kind,
    namespace: ref.namespace,
    name: ref.name,
    uid: ref.uid,
    occurrence: finding.occurrence,
    reason: finding.reason,
    message: finding.message.slice(0, MESSAGE_KEPT),
    since: sinceMs,
    deaths: [...deaths],
  };
}

/** Puts the faults of an earlier process back; those of rules that are no longer in force are left out. */
export function restoreFaults(tracker: FaultTracker, snapshot: FaultSnapshot, rules: readonly ObjectRule[]): void {
  for (const saved of snapshot.faults) {
    const rule = rules.find(({ id }) => id === saved.rule);
    if (rule !== undefined) restoreFault(tracker, saved, rule);
  }
  for (const { rule: ruleId, container, member } of snapshot.over) {
    const rule = rules.find(({ id }) => id === ruleId);
    if (rule !== undefined) tracker.restoreOver(rule, readMember(container, member));
  }
}

function restoreFault(tracker: FaultTracker, saved: SavedFault, rule: ObjectRule): void {
  const { container, namespace, owner } = saved;
  tracker.restore({
    rule,
    container,
    namespace,
    owner,
    severity: saved.severity,
    openedAtMs: saved.opened,
    reportedAtMs: saved.reported,
    incidentKey: saved.incident,
    deaths: saved.deaths,
  }, saved.members.map((member) => readMember(container, member)));
}

function readMember(container: string, member: SavedMember): RestoredMember {
  const { reason, message, occurrence, since: sinceMs, deaths } = member;
  return {
    ref: { kind: member.kind, namespace: member.namespace, name: member.name, uid: member.uid },
    finding: { container, reason, message, sinceMs, occurrence },
    sinceMs,
    deaths,
  };
}
