import { type JsonObject, objectOf, textOf, textsOf } from "../inventory/json_field.ts";
import { createPodRoster } from "../inventory/pod_roster.ts";
import { createFaultTracker, type FaultTracker } from "./fault_tracker.ts";
import { createObjectJudge, type ObjectJudge } from "./judge_object.ts";
import { createNodeObserver } from "./node_observer.ts";
import { JUDGED_KINDS, type JudgedKind, type Judgement, type ObjectRule } from "./object_rule.ts";
import { createServiceObserver } from "./service_observer.ts";
import { fits, type ServiceView, viewService } from "./service_view.ts";
import { createTemplateTable } from "./template_table.ts";
import { createPodObserver } from "./pod_observer.ts";
import type { FaultReport, ObjectRef, Suspect } from "./tracked_object.ts";

/** Objects as they were at a time. */
export interface ObjectDump {
  readonly objects: readonly JsonObject[];
  readonly atMs: number;
}

/** What the rules make of one finding, or of one fault of an owner. */
export interface DumpVerdict {
  /**
   * `fault`: it would be reported; `ended`: it was one in the older dump. `waiting`: not long enough. `excused`: for the
   * reason that `excuse` names. `past`: it happened before the backlog.
   */
  readonly verdict: "fault" | "ended" | "waiting" | "excused" | "past";
  /** With an older dump: whether the fault is one that it did not have. */
  readonly isNew: boolean;
  readonly rule: ObjectRule;
  readonly severity: string;
  readonly object: ObjectRef;
  readonly sinceMs: number | null;
  readonly message: string;
  readonly excuse: string | null;
}

interface JudgeDumpOptions {
  readonly rules: readonly ObjectRule[];
  readonly backlogMs: number;
  readonly before: ObjectDump | null;
  readonly now: ObjectDump;
}

/** Faults are put together for so long before they are told. */
const GATHER_MS = 5_000;

/**
 * Judges a dump as the running agent judges what it lists and, with an older one, what has changed since. Pure: the same
 * dumps give the same verdicts.
 */
export function judgeDump(options: JudgeDumpOptions): readonly DumpVerdict[] {
  const { rules, before, now, backlogMs } = options;
  let clockMs = before?.atMs ?? now.atMs;
  let roster = createPodRoster();
  const known = new Set<string>();
  const tracker = createFaultTracker({
    backlogMs,
    population(namespace, owner) {
      const groups = roster.groupsOf(namespace, owner);
      return {
        pods: groups.reduce((sum, { pods }) => sum + pods, 0),
        ready: groups.reduce((sum, { ready }) => sum + ready, 0),
      };
    },
    onOverflow() {},
    maxSuspects: Infinity,
  });
  const templates = createTemplateTable(0);
  const judge: ObjectJudge = createObjectJudge(rules, {
    isNodeDown: (name) => nodes.isDown(name),
    nodesOut: () => nodes.out(),
    templatesOf: (namespace) => templates.of(namespace),
  });
  const shared = { judge, tracker, now: () => clockMs, onFinding() {} };
  const nodes = createNodeObserver(shared);
  const pods = createPodObserver({
    ...shared,
    isExcluded: () => false,
    ownerOf: (namespace, name) => roster.podOf(namespace, name)?.owner ?? null,
  });

  function take({ objects, atMs }: ObjectDump): readonly FaultReport[] {
    clockMs = atMs;
    roster = createPodRoster();
    const of = (kind: string) => objects.filter((object) => object.kind === kind);
    for (const pod of of("Pod")) roster.put(pod);
    nodes.listStarted?.("");
    for (const object of of("Node")) nodes.change({ type: "ADDED", object, listed: true });
    nodes.listed?.("");
    pods.listStarted?.("");
    for (const object of of("Pod")) pods.change({ type: "ADDED", object, listed: true });
    pods.listed?.("");
    for (const kind of JUDGED_KINDS) {
      if (kind === "Pod" || kind === "Node" || kind === "Service" || kind === "ApiServer") continue;
      tracker.listStarted(kind, null);
      templates.listStarted(kind, null);
      for (const object of of(kind)) {
        templates.put(kind, object);
        tracker.observe({ ref: refOf(kind, object), owner: null, listed: true }, judge.other(kind, object), atMs);
      }
      tracker.listed(kind, null, atMs);
      templates.listed(kind, null);
    }
    const services = createServiceObserver({ ...shared, templates, isExcluded: () => false, lists: 0 });
    for (const object of of("Service")) services.change({ type: "ADDED", object, listed: true });
    services.review();
    for (const question of services.questions(Infinity)) services.answer(question, hasPods(question.service, objects));
    return [...tracker.step(atMs).reports, ...tracker.step(atMs + GATHER_MS).reports];
  }

  const earlier = before === null ? [] : take(before);
  for (const { faultKey } of earlier) known.add(faultKey);
  const later = take(now);
  const open = new Set(openKeys(tracker));
  const faultOf = (report: FaultReport, verdict: "fault" | "ended"): DumpVerdict => ({
    verdict,
    isNew: verdict === "fault" && before !== null && !known.has(report.faultKey),
    rule: report.rule,
    severity: report.severity,
    object: report.object,
    sinceMs: report.firstMs,
    message: report.message,
    excuse: null,
  });
  const stillOpen = earlier.filter(({ faultKey }) =>
    open.has(faultKey) && !later.some((report) => report.faultKey === faultKey)
  );
  return [
    ...[...later, ...stillOpen].map((report) => faultOf(report, "fault")),
    ...earlier.filter(({ faultKey }) => !open.has(faultKey)).map((report) => faultOf(report, "ended")),
    ...tracker.allSuspects().filter(({ fault, isOver }) => fault === null && !isOver).map(waitingOf),
    ...leftOut(now, judge, backlogMs),
  ];
}

/** Faults with a member that is not well. */
function openKeys(tracker: FaultTracker): readonly string[] {
  return tracker.openFaults()
    .filter(({ members }) =>
      [...members].some(({ wellSinceMs, rule }) => wellSinceMs === null || rule.nature === "occurrence")
    )
    .map(({ key }) => key);
}

function waitingOf({ rule, finding, sinceMs, object }: Suspect): DumpVerdict {
  return {
    verdict: "waiting",
    isNew: false,
    rule,
    severity: finding.severity ?? rule.severity,
    object: object.ref,
    sinceMs,
    message: finding.message,
    excuse: null,
  };
}

/** What was found and is followed no further: excused, or history. */
function leftOut({ objects, atMs }: ObjectDump, judge: ObjectJudge, backlogMs: number): readonly DumpVerdict[] {
  return objects.flatMap((object) => {
    const kind = JUDGED_KINDS.find((one) => one === object.kind);
    if (kind === undefined) return [];
    return judgementsOf(judge, kind, object, objects).flatMap(({ rule, finding, excuse }): readonly DumpVerdict[] => {
      const isPast = rule.nature === "occurrence" && atMs - (finding.sinceMs ?? atMs) > backlogMs;
      if (finding.continuing === true || (excuse === null && !isPast)) return [];
      return [{
        verdict: excuse === null ? "past" : "excused",
        isNew: false,
        rule,
        severity: finding.severity ?? rule.severity,
        object: refOf(kind, object),
        sinceMs: finding.sinceMs,
        message: finding.message,
        excuse,
      }];
    });
  });
}

function hasPods({ namespace, selector }: ServiceView, objects: readonly JsonObject[]): boolean {
  return objects.some(({ kind, metadata }) => {
    const { namespace: its, labels } = objectOf(metadata);
    return kind === "Pod" && its === namespace && fits(selector, textsOf(labels));
  });
}

function judgementsOf(
  judge: ObjectJudge,
  kind: JudgedKind,
  object: JsonObject,
  objects: readonly JsonObject[],
): readonly Judgement[] {
  if (kind === "Service") {
    const service = viewService(object);
    return service === null || hasPods(service, objects) ? [] : judge.service(service);
  }
  if (kind === "Pod") return judge.pod(object, null);
  return kind === "Node" ? judge.node(object, []) : judge.other(kind, object);
}

function refOf(kind: string, object: JsonObject): ObjectRef {
  const { namespace, name, uid } = objectOf(object.metadata);
  return { kind, namespace: textOf(namespace), name: textOf(name), uid: textOf(uid) };
}
