import { KubeError } from "../kube/kube_error.ts";
import type { KubeClient } from "../kube/kube_client.ts";
import { reflect } from "../kube/reflector.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { compact } from "../lifecycle/compact.ts";
import { errorMessage } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Service } from "../lifecycle/service.ts";
import { LEAD_LOST_REASONS, type LeadLostReason } from "../telemetry/label_values.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import { decideLead, isValid, lookAgainMs } from "./decide_lead.ts";
import {
  firstLeadState,
  type LeadAction,
  type LeadEvent,
  type LeadState,
  type LeadTimes,
  renewMs,
  type RequestKind,
} from "./lead_state.ts";
import type { Leadership } from "./leadership.ts";
import { heldLease, type LeaseRecord, readLease, releasedLease } from "./lease_record.ts";
import { elapsedMs, momentOf, watchedMs } from "./moment.ts";

/** What only the leader runs. */
export interface LedServices {
  /** Told when the Lease, which nobody holds, is being taken: what `start` will read may be asked for now. */
  foresee?(): void;
  /** Reads what was reported before and starts the services; rejects when that can't be read. */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves once all of them have ended, started or not. Rejects when one does not end. */
  stop(): Promise<void>;
}

interface ElectorOptions extends LeadTimes {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly namespace: string;
  readonly leaseName: string;
  /** Fires when the process is about to stop: it becomes no leader any more. */
  readonly retired: AbortSignal;
  readonly led: LedServices;
  /** Parts that differ between a test and a cluster; the defaults are for a cluster. */
  readonly random?: () => number;
}

/** How a replica does, for readiness and status. */
export interface LeadStatus {
  readonly role: "leader" | "standby";
  readonly watching: boolean;
  /** What is known of the Lease; `null` while it is not known, or there is none. */
  readonly lease: { readonly holder: string; readonly transitions: number; readonly renewedAgoMs: number } | null;
  readonly absent: boolean;
  readonly epoch: string | null;
  /** Why the last request, or the watch, failed; `null` when neither did. */
  readonly trouble: string | null;
}

/** Takes part in the election; ends when `signal` fires and the Lease, if it was held, is released. */
export interface Elector extends Service {
  readonly leadership: Leadership;
  /** Tells whether the bus can be reached: a replica that can't reach it leaves the Lease to others. */
  tellBus(open: boolean): void;
  status(): LeadStatus;
}

/** Clocks that are kept in step differ by less, and so does what a watch tells late. */
const USUAL_DIFFERENCE_MS = 5_000;
/** Added to the wait before a Lease is taken over, so that two standbys do not collide. */
const JITTER_MS = 200;
/** The watch is the only way to learn of a release: it comes back sooner than one of events. */
const WATCH_BACKOFF = { firstMs: 250, limitMs: 2_000, jitter: 0.25 };
/** A watch without even a bookmark for so long is no watch. */
const STALL_MS = 90_000;

/** Makes the elector of one replica. It decides nothing itself: see `decideLead`. */
export function createElector(options: ElectorOptions): Elector {
  const { client, clock, telemetry, led } = options;
  const log = createLogger("lead");
  const collection = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(options.namespace)}/leases`;
  const path = `${collection}/${encodeURIComponent(options.leaseName)}`;
  const random = options.random ?? Math.random;
  const now = () => momentOf(clock);
  let state = firstLeadState(now());
  let epoch: string | null = null;
  let leaseUid: string | null = null;
  let aheadMs = 0;
  let wake = Promise.withResolvers<void>();
  let failure: unknown = null;
  let watchError: string | null = null;
  let term = new AbortController();
  let starting: Promise<void> = Promise.resolve();

  function tell(event: LeadEvent): void {
    const before = state;
    const decided = decideLead(state, event, now(), options);
    state = decided.state;
    tellLog(before, state);
    for (const action of decided.actions) perform(action);
    wake.resolve();
  }

  function perform(action: LeadAction): void {
    switch (action.kind) {
      case "request":
        void ask(action.request, action.record);
        if (action.request === "take") led.foresee?.();
        return;
      case "start_led": {
        epoch = action.epoch;
        leaseUid = action.leaseUid;
        aheadMs = (state.lease.kind === "present" ? state.lease.aheadMs : null) ?? 0;
        if (Math.abs(aheadMs) >= USUAL_DIFFERENCE_MS) {
          log.warn("The clock of this node differs from that of the node of the replica that led before", { aheadMs });
        }
        telemetry.leadTransitions.inc();
        log.info("Leading", { lease: options.leaseName, epoch });
        term = new AbortController();
        const { signal } = term;
        starting = led.start(signal).catch((error) => {
          if (signal.aborted) return;
          log.error("Cannot begin to lead", { error: errorMessage(error) });
          tell({ kind: "led_not_started" });
        });
        return;
      }
      case "stop_led":
        tellLost(action.why);
        term.abort();
        void starting.then(led.stop).then(() => tell({ kind: "led_ended" }), (error) => {
          failure = error; // what does not end may still act: only the end of the process is sure
          wake.resolve();
        });
    }
  }

  async function ask(kind: RequestKind, record: LeaseRecord | null): Promise<void> {
    const startedAt = clock.monotonic();
    try {
      const answer = await client.request({
        path,
        timeoutMs: renewMs(options),
        signal: NEVER,
        ...(record === null || kind === "read" ? {} : { method: "PUT", body: bodyOf(kind, record) } as const),
      });
      const lease = readLease(answer);
      if (lease === null) return tell({ kind: "refused", status: 0, detail: "the answer is not a Lease" });
      if (kind === "renew") telemetry.leadRenewSeconds.observe({}, (clock.monotonic() - startedAt) / 1000);
      tell({ kind: "answered", record: lease, jitterMs: random() * JITTER_MS });
    } catch (error) {
      const status = error instanceof KubeError ? error.status : 0;
      tell({ kind: "refused", status, detail: errorMessage(error) });
    }
  }

  function bodyOf(kind: RequestKind, record: LeaseRecord): unknown {
    return kind === "release"
      ? releasedLease(record, clock.now())
      : heldLease(record, options.identity, options.durationMs, clock.now());
  }

  async function watchLease(signal: AbortSignal): Promise<void> {
    const items = reflect({
      client,
      clock,
      path: collection,
      query: { fieldSelector: `metadata.name=${options.leaseName}` },
      resourceVersion: null,
      stallMs: STALL_MS,
      backoff: WATCH_BACKOFF,
      onSkippedLine: (reason) => telemetry.watchLinesSkipped.inc({ reason }),
      ...compact({ random: options.random }),
    }, signal);
    for await (const item of items) {
      switch (item.kind) {
        case "page":
          if (item.objects.length === 0) tell({ kind: "no_lease" });
          for (const object of item.objects) see(object, true);
          break;
        case "watching":
          watchError = null;
          tell({ kind: "watch", open: true });
          break;
        case "changes":
          for (const { type, object } of item.changes) {
            if (type === "DELETED") tell({ kind: "no_lease" });
            else see(object, false);
          }
          break;
        case "interrupted":
          telemetry.watchRestarts.inc({ resource: "leases", cause: item.cause });
          if (item.cause === "closed") break;
          watchError = item.detail;
          log.warn("The watch on the Lease was interrupted", { cause: item.cause, error: item.detail });
          tell({ kind: "watch", open: false });
      }
    }
  }

  function see(object: unknown, listed: boolean): void {
    const record = readLease(object);
    if (record !== null) tell({ kind: "lease", record, listed, jitterMs: random() * JITTER_MS });
  }

  function tellLost(why: LeadLostReason): void {
    telemetry.leadLost.inc({ reason: why });
    if (why === "stopping") return log.info("The services that lead are ending", { epoch });
    log.warn("This replica leads no longer; its services are ending", {
      epoch,
      reason: why,
      detail: LEAD_LOST_REASONS[why],
    });
  }

  function tellLog(before: LeadState, after: LeadState): void {
    if (before.failure === null && after.failure !== null) {
      log.warn("A request about the Lease failed", { error: after.failure.detail });
    }
    if (before.lease.kind !== "absent" && after.lease.kind === "absent") {
      log.error(ABSENT, { lease: options.leaseName });
    }
    if (before.phase.kind === "releasing" && after.phase.kind !== "releasing") log.info("The Lease was given up");
  }

  return {
    name: "elector",
    leadership: {
      isValid() {
        const valid = isValid(state, now(), options);
        if (!valid && state.phase.kind === "leading") tell({ kind: "tick" }); // it finds out here, before its own look
        return valid;
      },
      epoch: () => epoch,
      leaseUid: () => leaseUid,
      aheadMs: () => Math.abs(aheadMs) < USUAL_DIFFERENCE_MS ? 0 : aheadMs,
    },
    tellBus: (open) => tell({ kind: "bus", open }),
    status: () => statusOf(state, watchError, options, now()),
    async run(signal) {
      const watch = new AbortController();
      const retire = () => tell({ kind: "retire" });
      const stop = () => tell({ kind: "stop" });
      options.retired.addEventListener("abort", retire, { once: true });
      signal.addEventListener("abort", stop, { once: true });
      if (signal.aborted) stop();
      const watching = watchLease(watch.signal).catch((error) => {
        failure = error;
        wake.resolve();
      });
      try {
        while (state.phase.kind !== "done" && failure === null) {
          wake = Promise.withResolvers();
          const look = new AbortController();
          void clock.sleep(lookAgainMs(state, now(), options), look.signal).then(wake.resolve, () => {});
          await wake.promise;
          look.abort();
          tell({ kind: "tick" });
        }
      } finally {
        options.retired.removeEventListener("abort", retire);
        signal.removeEventListener("abort", stop);
        watch.abort();
        await watching;
      }
      if (failure !== null) throw failure;
    },
  };
}

/** Requests end by their own time limit. */
const NEVER = new AbortController().signal;
const ABSENT = "There is no such Lease, so no replica leads";

function statusOf(
  state: LeadState,
  watchError: string | null,
  times: LeadTimes,
  at: ReturnType<typeof momentOf>,
): LeadStatus {
  const { phase, lease, failure } = state;
  return {
    role: isValid(state, at, times) ? "leader" : "standby",
    watching: state.watching,
    lease: lease.kind !== "present" ? null : {
      holder: lease.record.holder,
      transitions: lease.record.transitions,
      renewedAgoMs: "validFrom" in phase ? elapsedMs(phase.validFrom, at) : watchedMs(lease.observedAt, at),
    },
    absent: lease.kind === "absent",
    epoch: "epoch" in phase ? phase.epoch : null,
    trouble: failure?.detail ?? watchError,
  };
}
