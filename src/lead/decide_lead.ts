import type { LeadLostReason } from "../telemetry/label_values.ts";
import {
  type LeadAction,
  type LeadEvent,
  type LeadPhase,
  type LeadState,
  type LeadTimes,
  renewMs,
  type RequestKind,
  retryMs,
  type SeenLease,
  type Term,
  validMs,
} from "./lead_state.ts";
import { elapsedMs, type Moment, watchedMs } from "./moment.ts";
import { seeLease } from "./see_lease.ts";

/** A leader that has lost its bus for so long lets another replica try. */
const BUS_AWAY_MS = 15_000;
/** One that took the Lease without a bus keeps it for so long before it lets others try. */
const BUSLESS_TERM_MS = 300_000;
/** A Lease that nobody took for so long may be led without a bus: what is watched waits in the outbox. */
const FREE_FOR_BUSLESS_MS = 60_000;
/** After it let others try, a replica waits for so long, or until a free Lease has found nobody else. */
const HOLD_OFF_MS = 30_000;
const HOLD_OFF_FREE_MS = 5_000;
/**
 * A standby that has asked for nothing for so long reads the Lease: its connection stays open, which an API server closes
 * after 90 s, and a watch that says nothing any more is found out.
 */
const WARM_MS = 30_000;
/** How often a standby looks while it may not take what is free; and while it waits for what it will be told of. */
const FREE_LOOK_MS = 250;
const IDLE_LOOK_MS = 10_000;

/** The state after an event, and what has to be done. Pure: every path through it is a row of a table test. */
export function decideLead(
  state: LeadState,
  event: LeadEvent,
  now: Moment,
  times: LeadTimes,
): { readonly state: LeadState; readonly actions: readonly LeadAction[] } {
  const next = absorb(state, event, now, times);
  const leaseUid = next.lease.kind === "present" ? next.lease.record.uid : "";
  const began: readonly LeadAction[] = next.phase.kind === "leading" && state.phase.kind !== "leading"
    ? [{ kind: "start_led", epoch: next.phase.epoch, leaseUid }]
    : [];
  return act(next, event, began, now, times);
}

/** Whether this replica may act as the leader now. */
export function isValid({ phase }: LeadState, now: Moment, times: LeadTimes): boolean {
  const leads = phase.kind === "leading" || (phase.kind === "ending" && phase.releases);
  return leads && elapsedMs(phase.validFrom, now) < validMs(times);
}

/** What the event tells, before anything follows from it. */
function absorb(state: LeadState, event: LeadEvent, now: Moment, times: LeadTimes): LeadState {
  switch (event.kind) {
    case "lease":
      return {
        ...state,
        lease: seeLease(state.lease, event, now, times),
        mustRead: event.listed ? false : state.mustRead,
      };
    case "no_lease":
      return { ...state, lease: { kind: "absent" } };
    case "watch":
      return { ...state, watching: event.open };
    case "bus":
      return event.open === state.bus.open ? state : { ...state, bus: { open: event.open, since: now } };
    case "answered":
      return absorbAnswer(state, event, now, times);
    case "refused":
      return absorbRefusal(state, event, now, times);
    case "retire":
      return { ...state, retired: true };
    case "stop":
      return { ...state, retired: true, stopping: true };
    case "led_not_started":
    case "led_ended":
    case "tick":
      return state;
  }
}

function absorbAnswer(
  state: LeadState,
  event: Extract<LeadEvent, { kind: "answered" }>,
  now: Moment,
  times: LeadTimes,
): LeadState {
  const { request, phase } = state;
  if (request === null) return state;
  const lease = seeLease(state.lease, { ...event, listed: request.kind === "read" }, now, times);
  const next: LeadState = { ...state, lease, request: null, mustRead: false, failure: null };
  const { sentAt } = request;
  switch (request.kind) {
    case "take":
      return {
        ...next,
        holdOff: null,
        phase: {
          kind: "leading",
          epoch: event.record.resourceVersion,
          since: sentAt,
          validFrom: sentAt,
          triedAt: sentAt,
          waitMs: renewMs(times),
        },
      };
    case "renew":
      return "validFrom" in phase
        ? { ...next, phase: { ...phase, validFrom: sentAt, triedAt: sentAt, waitMs: renewMs(times) } }
        : next;
    case "release":
      return { ...next, phase: { kind: "standby" } };
    case "read":
      return next;
  }
}

function absorbRefusal(
  state: LeadState,
  { status, detail }: Extract<LeadEvent, { kind: "refused" }>,
  now: Moment,
  times: LeadTimes,
): LeadState {
  const { request, phase } = state;
  if (request === null) return state;
  const next: LeadState = {
    ...state,
    request: null,
    mustRead: status === 409 || state.mustRead,
    lease: status === 404 ? { kind: "absent" } : state.lease,
    failure: status === 409 ? state.failure : { detail, at: now },
  };
  if (request.kind === "release" && phase.kind === "releasing") {
    const over = status !== 409 || phase.tries > 1;
    return over ? { ...next, phase: { kind: "standby" } } : next;
  }
  // A conflict is looked into at once; after that, and after any failure, a renewal is tried again soon.
  return "validFrom" in phase ? { ...next, phase: { ...phase, triedAt: now, waitMs: retryMs(times) } } : next;
}

type Decision = ReturnType<typeof decideLead>;

/** What follows now. */
function act(
  state: LeadState,
  event: LeadEvent,
  began: readonly LeadAction[],
  now: Moment,
  times: LeadTimes,
): Decision {
  const { phase } = state;
  switch (phase.kind) {
    case "standby":
      return actStandby(state, now, times);
    case "leading": {
      const why = event.kind === "led_not_started" ? "not_started" : whyEnd(state, phase, now, times);
      if (why === null) return withRenewal(state, phase, began, now, times);
      const releases = why === "stopping" || why === "no_bus" || why === "not_started";
      const ending: LeadPhase = { ...phase, kind: "ending", why, releases };
      return { state: { ...state, phase: ending }, actions: [...began, { kind: "stop_led", why }] };
    }
    case "ending": {
      const kept = phase.releases && whyLost(state, phase, now, times) === null;
      if (event.kind !== "led_ended") {
        const next = kept === phase.releases ? phase : { ...phase, releases: kept };
        return kept ? withRenewal(state, next, [], now, times) : { state: { ...state, phase: next }, actions: [] };
      }
      const lets = phase.why === "no_bus" || phase.why === "not_started";
      const ended: LeadState = { ...state, holdOff: lets ? now : state.holdOff };
      if (!kept) return actStandby({ ...ended, phase: { kind: "standby" } }, now, times);
      const { releases: _, ...term } = phase;
      return actReleasing({ ...ended, phase: { ...term, kind: "releasing", tries: 0 } }, now, times);
    }
    case "releasing":
      return actReleasing(state, now, times);
    case "done":
      return { state, actions: [] };
  }
}

function actStandby(state: LeadState, now: Moment, times: LeadTimes): Decision {
  if (state.request !== null) return { state, actions: [] }; // it may take the Lease, which is then to be released
  if (state.stopping) return { state: { ...state, phase: { kind: "done" } }, actions: [] };
  if (isPaused(state, renewMs(times), now)) return { state, actions: [] };
  if (state.mustRead) return send(state, "read", now);
  if (mayTake(state, now, times)) return send(state, "take", now);
  const cold = state.watching && !state.retired && watchedMs(state.askedAt, now) >= WARM_MS;
  return cold ? send(state, "read", now) : { state, actions: [] };
}

function actReleasing(state: LeadState, now: Moment, times: LeadTimes): Decision {
  const { phase, lease, request } = state;
  if (phase.kind !== "releasing" || request !== null) return { state, actions: [] };
  const held = lease.kind === "present" && lease.record.holder === times.identity;
  if (!held || elapsedMs(phase.validFrom, now) >= validMs(times)) {
    return actStandby({ ...state, phase: { kind: "standby" } }, now, times);
  }
  if (state.mustRead) return readAgain(state, [], now, times);
  return send({ ...state, phase: { ...phase, tries: phase.tries + 1 } }, "release", now);
}

function withRenewal(
  state: LeadState,
  phase: Extract<LeadPhase, Term>,
  actions: readonly LeadAction[],
  now: Moment,
  times: LeadTimes,
): Decision {
  const next: LeadState = { ...state, phase };
  if (state.request !== null) return { state: next, actions };
  if (state.mustRead) return readAgain(next, actions, now, times);
  const due = elapsedMs(phase.triedAt, now) >= phase.waitMs;
  if (!due) return { state: next, actions };
  return send({ ...next, phase: { ...phase, triedAt: now, waitMs: renewMs(times) } }, "renew", now, actions);
}

function readAgain(state: LeadState, actions: readonly LeadAction[], now: Moment, times: LeadTimes): Decision {
  return isPaused(state, retryMs(times), now) ? { state, actions } : send(state, "read", now, actions);
}

function send(
  state: LeadState,
  kind: RequestKind,
  now: Moment,
  actions: readonly LeadAction[] = [],
): Decision {
  const record = state.lease.kind === "present" ? state.lease.record : null;
  return {
    state: { ...state, request: { kind, sentAt: now }, askedAt: now },
    actions: [...actions, { kind: "request", request: kind, record }],
  };
}

/** Why a leader must end its services; `null` while it leads on. */
function whyEnd(state: LeadState, term: Term, now: Moment, times: LeadTimes): LeadLostReason | null {
  const lost = whyLost(state, term, now, times);
  if (lost !== null) return lost;
  if (state.stopping) return "stopping";
  const { bus } = state;
  if (bus.open) return null;
  const hadBus = watchedMs(term.since, bus.since) >= 0;
  const away = hadBus ? elapsedMs(bus.since, now) >= BUS_AWAY_MS : elapsedMs(term.since, now) >= BUSLESS_TERM_MS;
  return away ? "no_bus" : null;
}

/** Why a term is over whatever its holder wants. */
function whyLost({ lease }: LeadState, term: Term, now: Moment, times: LeadTimes): LeadLostReason | null {
  if (lease.kind === "absent") return "deleted";
  if (lease.kind === "present" && lease.record.holder !== times.identity) return "taken";
  return elapsedMs(term.validFrom, now) >= validMs(times) ? "expired" : null;
}

/** Whether a request failed within `pauseMs`. */
function isPaused({ failure }: LeadState, pauseMs: number, now: Moment): boolean {
  return failure !== null && watchedMs(failure.at, now) < pauseMs;
}

function mayTake(state: LeadState, now: Moment, times: LeadTimes): boolean {
  const { lease, bus, holdOff } = state;
  if (state.retired || !state.watching || lease.kind !== "present") return false;
  const freeMs = freeForMs(lease, now, times);
  if (freeMs < 0) return false;
  const heldOff = holdOff !== null && watchedMs(holdOff, now) < HOLD_OFF_MS && freeMs < HOLD_OFF_FREE_MS;
  return bus.open ? !heldOff : freeMs >= FREE_FOR_BUSLESS_MS;
}

/** How soon something may change by time alone. */
export function lookAgainMs(state: LeadState, now: Moment, times: LeadTimes): number {
  const { phase, lease } = state;
  if (phase.kind !== "standby" || state.request !== null || isPaused(state, renewMs(times), now)) return retryMs(times);
  if (!state.watching || lease.kind !== "present") return IDLE_LOOK_MS;
  const freeMs = freeForMs(lease, now, times);
  return freeMs < 0 ? Math.min(Math.ceil(-freeMs), IDLE_LOOK_MS) : FREE_LOOK_MS;
}

/** For how long nobody has held the Lease; negative while somebody does. What it holds itself is its own to take again. */
function freeForMs(lease: Extract<SeenLease, { kind: "present" }>, now: Moment, times: LeadTimes): number {
  const { record, observedAt, freeSince, jitterMs } = lease;
  if (freeSince !== null) return watchedMs(freeSince, now);
  if (record.holder === times.identity) return watchedMs(observedAt, now);
  return watchedMs(observedAt, now) - record.durationMs - jitterMs;
}
