import { severityRank } from "../wire/severity.ts";
import { describeEnd, type Population, reportOf } from "./describe_fault.ts";
import { faultKey, keyOf, suspectKey } from "./fault_keys.ts";
import type { Finding, Judgement, ObjectRule } from "./object_rule.ts";
import { openFault } from "./open_fault.ts";
import { DEATHS_MS, severityOf } from "./suspect_severity.ts";
import type {
  EndedFault,
  FaultOwner,
  FaultReport,
  ObjectRef,
  OpenFault,
  RestoredFault,
  RestoredMember,
  Suspect,
  TrackedObject,
} from "./tracked_object.ts";

/** An object as it was seen, with who it belongs to; `null`: to nobody. */
interface SeenObject {
  readonly ref: ObjectRef;
  readonly owner: FaultOwner | null;
  /** It was listed: it may have been so for long. */
  readonly listed: boolean;
}

interface TrackerOptions {
  /** A death in a list is news only when it is younger. */
  readonly backlogMs: number;
  /** The pods of an owner; `null` where they are not known. */
  readonly population: (namespace: string, owner: FaultOwner) => Population | null;
  /** Told of a finding that is not followed, because too many are. */
  readonly onOverflow: () => void;
  /** Suspects and members of open faults together. */
  readonly maxSuspects?: number;
}

/** What is to be told at a moment, and when to ask again at the latest. */
interface TrackerStep {
  readonly reports: readonly FaultReport[];
  readonly ends: readonly EndedFault[];
  /** `null`: nothing is pending. */
  readonly nextAtMs: number | null;
}

/**
 * Follows findings from suspicion to fault to end: a state machine of maps, with every time given. Only objects that
 * something was found in are known here.
 */
export interface FaultTracker {
  /** The object is so now, with all that was found in it. */
  observe(object: SeenObject, judgements: readonly Judgement[], nowMs: number): void;
  /** The object is gone. */
  remove(ref: Omit<ObjectRef, "uid">, nowMs: number): void;
  /** A list of the kind begins, of one namespace or (`null`) of all. */
  listStarted(kind: string, namespace: string | null): void;
  /** It is complete: what it did not have is gone. */
  listed(kind: string, namespace: string | null, nowMs: number): void;
  /** What is due now. */
  step(nowMs: number): TrackerStep;
  /** A report of the fault was put, as part of this incident ("" for none). */
  noteIncident(faultKey: string, incidentKey: string): void;
  /** The report was lost: it is told again. */
  reportAgain(faultKey: string, atMs: number): void;
  isEmpty(): boolean;
  suspects(): number;
  openFaults(): readonly OpenFault[];
  /** Another number after each change of what is kept over a restart. */
  revision(): number;
  /** Puts back a fault that was open, and had been reported, before a restart. */
  restore(fault: RestoredFault, members: readonly RestoredMember[]): void;
  /** Everything that is followed: suspects, members of faults, and what is over and still shows in lists. */
  allSuspects(): readonly Suspect[];
  /** Puts back what was over before a restart. */
  restoreOver(rule: ObjectRule, member: RestoredMember): void;
}

const MAX_SUSPECTS = 4_096;
/** A death older than this, seen for the first time, is history. A kubelet that was cut off tells of it as late. */
const FRESH_MS = 30 * 60_000;
const DEATHS_KEPT = 10;
/** An open fault that goes on dying is told again after it. */
const REPEAT_MS = 60 * 60_000;
/** An owner without a pod for that long has none; a `Recreate` rollout has none for a moment. */
const GONE_MS = 15_000;

/** Creates an empty tracker. */
export function createFaultTracker(options: TrackerOptions): FaultTracker {
  const { population } = options;
  const maxSuspects = options.maxSuspects ?? MAX_SUSPECTS;
  const objects = new Map<string, TrackedObject>();
  const faults = new Map<string, OpenFault>();
  const listStarts = new Map<string, number>();
  const unsaid: EndedFault[] = [];
  let listNumber = 0;
  let suspectCount = 0;
  let revision = 0;

  function track({ ref, owner }: SeenObject): TrackedObject {
    const key = keyOf(ref);
    const known = objects.get(key);
    if (known !== undefined) return known;
    const tracked: TrackedObject = { ref, owner: owner ?? ref, suspects: new Map(), seenIn: listNumber };
    objects.set(key, tracked);
    return tracked;
  }

  function addSuspect(object: TrackedObject, rule: ObjectRule, finding: Finding, nowMs: number): Suspect {
    const suspect: Suspect = {
      rule,
      container: finding.container,
      object,
      finding,
      sinceMs: finding.sinceMs ?? nowMs,
      wellSinceMs: finding.wellSinceMs ?? null,
      fault: null,
      deaths: rule.nature === "occurrence" ? [finding.sinceMs ?? nowMs] : [],
      isNews: rule.nature === "occurrence",
      isOver: false,
    };
    object.suspects.set(suspectKey(rule, finding.container), suspect);
    suspectCount++;
    revision++;
    return suspect;
  }

  function drop(suspect: Suspect): void {
    const { object } = suspect;
    revision++;
    if (object.suspects.delete(suspectKey(suspect.rule, suspect.container))) suspectCount--;
    if (object.suspects.size === 0) objects.delete(keyOf(object.ref));
  }

  /** Whether a finding in something that was not followed so far is the beginning of something. */
  function begins({ rule, finding, excuse }: Judgement, listed: boolean, nowMs: number): boolean {
    if (excuse !== null || finding.continuing === true) return false;
    if (rule.nature !== "occurrence") return true;
    return nowMs - (finding.sinceMs ?? nowMs) <= (listed ? options.backlogMs : FRESH_MS);
  }

  function leave(suspect: Suspect, by: "objects" | "gone", nowMs: number): void {
    const { fault, rule } = suspect;
    revision++;
    suspect.fault = null;
    if (by === "objects" && rule.nature === "occurrence") suspect.isOver = true;
    else drop(suspect);
    if (fault === null) return;
    fault.members.delete(suspect);
    if (fault.members.size > 0) return;
    if (fault.reportedAtMs === null && fault.incidentKey === "") faults.delete(fault.key); // nobody was told of it
    else if (by === "objects") end(fault, "objects", nowMs);
    else if (rule.end === "gone" || rule.kind !== "Pod" || fault.owner.kind === "Pod") end(fault, "gone", nowMs);
    else fault.emptySinceMs = nowMs; // whoever made the pod makes another
  }

  function end(fault: OpenFault, by: "objects" | "gone", nowMs: number): void {
    faults.delete(fault.key);
    revision++;
    const { key, rule, incidentKey } = fault;
    const proof = describeEnd(fault, by, population(fault.namespace, fault.owner));
    unsaid.push({ faultKey: key, rule, incidentKey, by, proof, endedAtMs: nowMs });
  }

  function join(suspect: Suspect, nowMs: number): void {
    const { rule, container, object } = suspect;
    revision++;
    const key = faultKey(rule, container, object.ref.namespace, object.owner);
    let fault = faults.get(key);
    if (fault === undefined) {
      fault = openFault(key, suspect, nowMs);
      faults.set(key, fault);
    }
    fault.members.add(suspect);
    fault.emptySinceMs = null;
    suspect.fault = fault;
    noteDeath(fault, suspect, nowMs);
  }

  /** Takes a suspect's news into its fault, which may be worth another report. */
  function noteDeath(fault: OpenFault, suspect: Suspect, nowMs: number): void {
    if (suspect.isNews) fault.deaths++;
    const severity = severityOf(suspect, nowMs);
    if (severityRank(severity) < severityRank(fault.severity)) fault.severity = severity;
    const { reportedAtMs, reportedSeverity } = fault;
    if (reportedAtMs !== null && reportedSeverity !== null && suspect.isNews) {
      const isWorse = severityRank(fault.severity) < severityRank(reportedSeverity);
      if (isWorse || nowMs - reportedAtMs >= REPEAT_MS) fault.reportAtMs = nowMs;
    }
    if (reportedAtMs !== null) suspect.isNews = false;
  }

  function update(suspect: Suspect, { finding, excuse }: Judgement, nowMs: number): void {
    const { rule } = suspect;
    revision++;
    const isNew = finding.occurrence !== suspect.finding.occurrence;
    if (excuse !== null) {
      if (suspect.fault === null && !suspect.isOver) drop(suspect);
      else if (suspect.fault !== null) suspect.wellSinceMs = null; // what is taken away is not well for that
      return;
    }
    if (rule.nature === "occurrence") {
      const atMs = finding.sinceMs ?? nowMs;
      if (isNew && atMs >= (suspect.deaths.at(-1) ?? 0)) {
        suspect.deaths = [...suspect.deaths.filter((one) => nowMs - one < DEATHS_MS), atMs].slice(-DEATHS_KEPT);
        suspect.isNews = true;
        suspect.isOver = false;
        suspect.sinceMs = atMs;
        suspect.finding = finding;
        suspect.wellSinceMs = finding.wellSinceMs ?? null;
        if (suspect.fault !== null) noteDeath(suspect.fault, suspect, nowMs);
        return;
      }
    } else if (suspect.fault === null && rule.nature === "state") {
      if (finding.progress !== suspect.finding.progress) suspect.sinceMs = nowMs;
      else if (isNew && finding.sinceMs !== null) suspect.sinceMs = finding.sinceMs;
    }
    suspect.finding = finding;
    suspect.wellSinceMs = finding.wellSinceMs ?? null;
  }

  /** What was found before and is no more. */
  function isWell(suspect: Suspect, nowMs: number): void {
    suspect.wellSinceMs ??= nowMs;
    if (suspect.fault === null && suspect.rule.nature === "state") drop(suspect);
  }

  /** Moves a suspect on; returns when to look again. */
  function advance(suspect: Suspect, nowMs: number): number {
    const { rule, finding, wellSinceMs, fault } = suspect;
    const { nature } = rule;
    if (suspect.isOver) {
      const forgetAtMs = (suspect.deaths.at(-1) ?? 0) + FRESH_MS;
      if (nowMs > forgetAtMs) drop(suspect);
      return forgetAtMs + 1;
    }
    const wellAtMs = wellSinceMs === null ? Infinity : wellSinceMs + rule.holdMs;
    if (fault !== null) {
      if (nowMs >= wellAtMs && fault.reportedAtMs !== null) leave(suspect, "objects", nowMs);
      return wellAtMs;
    }
    if (nowMs >= wellAtMs && nature !== "occurrence") {
      drop(suspect);
      return Infinity;
    }
    if (nature !== "occurrence" && (wellSinceMs !== null || finding.continuing === true)) return wellAtMs;
    const forMs = rule.isForSet === true ? rule.forMs : finding.forMs ?? rule.forMs;
    const dueAtMs = Math.max(suspect.sinceMs + forMs, finding.notBeforeMs ?? 0);
    if (nowMs >= dueAtMs) join(suspect, nowMs);
    return dueAtMs;
  }

  function report(fault: OpenFault, nowMs: number): FaultReport {
    const isFirst = fault.reportedAtMs === null;
    revision++;
    fault.reportAtMs = null;
    fault.reportedAtMs = nowMs;
    fault.reportedSeverity = fault.severity;
    fault.reports++;
    for (const member of fault.members) member.isNews = false;
    return reportOf(fault, isFirst ? "oldest" : "newest", population(fault.namespace, fault.owner), nowMs);
  }

  function restoreSuspect(rule: ObjectRule, owner: FaultOwner, member: RestoredMember): Suspect | null {
    const { ref, finding, sinceMs, deaths } = member;
    if (suspectCount >= maxSuspects) return null;
    const tracked = track({ ref, owner, listed: true });
    if (tracked.suspects.has(suspectKey(rule, finding.container))) return null;
    const suspect = addSuspect(tracked, rule, finding, sinceMs);
    tracked.seenIn = 0; // a list that lacks it says that it is gone
    return Object.assign(suspect, { sinceMs, deaths, isNews: false, wellSinceMs: null });
  }

  function removeTracked(tracked: TrackedObject, nowMs: number): void {
    for (const suspect of [...tracked.suspects.values()]) {
      if (suspect.fault === null) drop(suspect);
      else leave(suspect, "gone", nowMs);
    }
  }

  return {
    observe(object, judgements, nowMs) {
      const key = keyOf(object.ref);
      let tracked = objects.get(key);
      if (tracked === undefined && judgements.length === 0) return;
      const { uid } = object.ref;
      if (tracked !== undefined && tracked.ref.uid !== uid && uid !== "" && tracked.ref.uid !== "") {
        removeTracked(tracked, nowMs); // another object under the same name
        tracked = undefined;
      }
      if (tracked !== undefined) {
        tracked.seenIn = listNumber;
        tracked.owner = object.owner ?? tracked.owner;
      }
      const found = new Set<string>();
      for (const judgement of judgements) {
        const { rule, finding } = judgement;
        const suspectId = suspectKey(rule, finding.container);
        found.add(suspectId);
        const known = tracked?.suspects.get(suspectId);
        if (known !== undefined) update(known, judgement, nowMs);
        else if (begins(judgement, object.listed, nowMs)) {
          if (suspectCount >= maxSuspects) options.onOverflow();
          else {
            tracked = track(object);
            addSuspect(tracked, rule, finding, nowMs);
          }
        }
      }
      if (tracked === undefined) return;
      for (const [suspectId, suspect] of tracked.suspects) if (!found.has(suspectId)) isWell(suspect, nowMs);
    },
    remove(ref, nowMs) {
      const tracked = objects.get(keyOf(ref));
      if (tracked !== undefined) removeTracked(tracked, nowMs);
    },
    listStarted: (kind, namespace) => void listStarts.set(`${kind}/${namespace ?? ""}`, ++listNumber),
    listed(kind, namespace, nowMs) {
      const started = listStarts.get(`${kind}/${namespace ?? ""}`) ?? 0;
      for (const tracked of [...objects.values()]) {
        const { ref } = tracked;
        if (ref.kind !== kind || (namespace !== null && ref.namespace !== namespace)) continue;
        if (tracked.seenIn < started) removeTracked(tracked, nowMs);
      }
    },
    step(nowMs) {
      let nextAtMs = Infinity;
      for (const { suspects } of objects.values()) { // a map may lose entries while one goes through it
        for (const suspect of suspects.values()) {
          nextAtMs = Math.min(nextAtMs, laterThan(advance(suspect, nowMs), nowMs));
        }
      }
      const reports: FaultReport[] = [];
      for (const fault of faults.values()) {
        if (fault.reportAtMs !== null && nowMs >= fault.reportAtMs && fault.members.size > 0) {
          reports.push(report(fault, nowMs));
          nextAtMs = nowMs; // members that are well already leave now
        }
        if (fault.reportAtMs !== null) nextAtMs = Math.min(nextAtMs, fault.reportAtMs);
        if (fault.emptySinceMs === null) continue;
        const patienceMs = Math.max(fault.rule.holdMs, fault.rule.forMs);
        const isOwnerGone = (population(fault.namespace, fault.owner)?.pods ?? 0) === 0;
        const endAtMs = fault.emptySinceMs + (isOwnerGone ? Math.min(GONE_MS, patienceMs) : patienceMs);
        if (nowMs >= endAtMs) end(fault, isOwnerGone ? "gone" : "objects", nowMs);
        else nextAtMs = Math.min(nextAtMs, endAtMs, nowMs + GONE_MS);
      }
      return { reports, ends: unsaid.splice(0), nextAtMs: nextAtMs === Infinity ? null : nextAtMs };
    },
    noteIncident(key, incidentKey) {
      const fault = faults.get(key);
      revision++;
      if (fault !== undefined && incidentKey !== "") fault.incidentKey = incidentKey;
    },
    reportAgain(key, atMs) {
      const fault = faults.get(key);
      if (fault === undefined) return;
      revision++;
      fault.reportAtMs = atMs;
      if (fault.reports > 1) return;
      fault.reports = 0; // the first one, in the words of the same object and under the same id
      fault.reportedAtMs = null;
    },
    isEmpty: () => objects.size === 0 && faults.size === 0,
    suspects: () => suspectCount,
    openFaults: () => [...faults.values()],
    revision: () => revision,
    restore(given, members) {
      const { rule, container, namespace, owner } = given;
      const key = faultKey(rule, container, namespace, owner);
      if (faults.has(key) || members.length === 0) return;
      const fault: OpenFault = {
        ...given,
        key,
        members: new Set(),
        reportAtMs: null,
        reportedSeverity: given.severity,
        reports: 1,
        emptySinceMs: null,
      };
      faults.set(key, fault);
      for (const member of members) {
        const suspect = restoreSuspect(rule, owner, member);
        if (suspect === null) continue;
        suspect.fault = fault;
        fault.members.add(suspect);
      }
    },
    allSuspects: () => [...objects.values()].flatMap(({ suspects }) => [...suspects.values()]),
    restoreOver(rule, member) {
      const suspect = restoreSuspect(rule, member.ref, member);
      if (suspect !== null) suspect.isOver = true;
    },
  };
}

/** A time that has come does not come again. */
const laterThan = (atMs: number, nowMs: number) => atMs > nowMs ? atMs : Infinity;
