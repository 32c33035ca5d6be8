import type { LeadLostReason } from "../telemetry/label_values.ts";
import type { LeaseRecord } from "./lease_record.ts";
import type { Moment } from "./moment.ts";

/** What this replica is now. */
export type LeadPhase =
  | { readonly kind: "standby" }
  | ({ readonly kind: "leading" } & Term)
  /** Its services are ending; `releases`: they end in order, the Lease is kept until then and given up after. */
  | ({ readonly kind: "ending"; readonly why: LeadLostReason; readonly releases: boolean } & Term)
  | ({ readonly kind: "releasing"; readonly why: LeadLostReason; readonly tries: number } & Term)
  /** The process ends; nothing follows. */
  | { readonly kind: "done" };

/** One time of leading. */
export interface Term {
  /** The resourceVersion of the update that took the Lease: it grows with every term, of whichever replica. */
  readonly epoch: string;
  /** When that update was sent. */
  readonly since: Moment;
  /** When the last update that succeeded was sent. */
  readonly validFrom: Moment;
  /** When the next renewal is due, after `waitMs`. */
  readonly triedAt: Moment;
  readonly waitMs: number;
}

/** The Lease as it was last seen. */
export type SeenLease =
  | { readonly kind: "unknown" }
  | { readonly kind: "absent" }
  | {
    readonly kind: "present";
    readonly record: LeaseRecord;
    /** When this version was first seen. Its own `renewTime` is another machine's clock. */
    readonly observedAt: Moment;
    /** Since when nobody has held it; `null` while somebody does. */
    readonly freeSince: Moment | null;
    /** Added to the record's duration before it is taken over. */
    readonly jitterMs: number;
    /**
     * How far this one's wall clock is ahead of that of the other replica that held it last, from a renewal that was seen
     * at once; `null` before one was. Nothing about the Lease follows from it.
     */
    readonly aheadMs: number | null;
  };

export type RequestKind = "take" | "renew" | "release" | "read";

export interface LeadState {
  readonly phase: LeadPhase;
  readonly lease: SeenLease;
  /** Whether the watch on the Lease is open. */
  readonly watching: boolean;
  readonly bus: { readonly open: boolean; readonly since: Moment };
  /** One at a time. */
  readonly request: { readonly kind: RequestKind; readonly sentAt: Moment } | null;
  /** When the last one was sent. */
  readonly askedAt: Moment;
  /** A conflict: the Lease is another than the one that was seen last. */
  readonly mustRead: boolean;
  /** After a request that failed, a standby waits. */
  readonly failure: { readonly detail: string; readonly at: Moment } | null;
  /** It gave the Lease up for want of a bus, or could not start, and lets others try first. */
  readonly holdOff: Moment | null;
  /** The process is about to stop: it takes no Lease any more. */
  readonly retired: boolean;
  /** The services that lead must end, and the Lease be released. */
  readonly stopping: boolean;
}

/** What a replica knows before it has asked anything. */
export function firstLeadState(now: Moment): LeadState {
  return {
    phase: { kind: "standby" },
    lease: { kind: "unknown" },
    watching: false,
    bus: { open: false, since: now },
    request: null,
    askedAt: now,
    mustRead: false,
    failure: null,
    holdOff: null,
    retired: false,
    stopping: false,
  };
}

export type LeadEvent =
  /** `listed`: a list, which also tells of versions that went back. */
  | { readonly kind: "lease"; readonly record: LeaseRecord; readonly listed: boolean; readonly jitterMs: number }
  | { readonly kind: "no_lease" }
  | { readonly kind: "watch"; readonly open: boolean }
  | { readonly kind: "bus"; readonly open: boolean }
  | { readonly kind: "answered"; readonly record: LeaseRecord; readonly jitterMs: number }
  /** `status` 0: no answer. */
  | { readonly kind: "refused"; readonly status: number; readonly detail: string }
  | { readonly kind: "led_not_started" }
  | { readonly kind: "led_ended" }
  | { readonly kind: "retire" }
  | { readonly kind: "stop" }
  | { readonly kind: "tick" };

export type LeadAction =
  | { readonly kind: "request"; readonly request: RequestKind; readonly record: LeaseRecord | null }
  | { readonly kind: "start_led"; readonly epoch: string; readonly leaseUid: string }
  | { readonly kind: "stop_led"; readonly why: LeadLostReason };

/** Times that follow from `replicas.lease_duration`. */
export interface LeadTimes {
  /** This replica: `<pod>_<instance>`. */
  readonly identity: string;
  readonly durationMs: number;
}

/** A renewal is due after a quarter of the duration, and may itself take as long. */
export const renewMs = ({ durationMs }: LeadTimes): number => durationMs / 4;
/** A leader may act for three quarters, so that it has stopped before anybody takes over. */
export const validMs = ({ durationMs }: LeadTimes): number => durationMs * 3 / 4;
/** A renewal that failed is tried again so soon. */
export const retryMs = (times: LeadTimes): number => renewMs(times) / 4;
