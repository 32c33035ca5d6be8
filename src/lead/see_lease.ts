import { compareResourceVersions } from "../kube/resource_version.ts";
import type { LeadTimes, SeenLease } from "./lead_state.ts";
import type { LeaseRecord } from "./lease_record.ts";
import type { Moment } from "./moment.ts";

/** The Lease after one more look at it; `listed`: not a change that the watch has told of as it came. */
export function seeLease(
  seen: SeenLease,
  { record, listed, jitterMs }: { readonly record: LeaseRecord; readonly listed: boolean; readonly jitterMs: number },
  now: Moment,
  times: LeadTimes,
): SeenLease {
  if (seen.kind === "present" && seen.record.uid === record.uid) {
    const order = compareResourceVersions(record.resourceVersion, seen.record.resourceVersion);
    if (order === 0 || (order !== null && order < 0 && !listed)) return seen; // the watch comes behind an answer
  }
  const wasFree = seen.kind === "present" ? seen.freeSince : null;
  const freeSince = record.holder === "" ? wasFree ?? now : null;
  const known = seen.kind === "present" ? seen : null;
  const aheadMs = listed ? known?.aheadMs ?? null : compareClocks(known, record, now, times);
  return { kind: "present", record, observedAt: now, freeSince, jitterMs, aheadMs };
}

/** What a change that came by the watch tells of the clock of who made it: of several by one holder the fastest to come. */
function compareClocks(
  seen: Extract<SeenLease, { kind: "present" }> | null,
  record: LeaseRecord,
  now: Moment,
  { identity }: LeadTimes,
): number | null {
  const before = seen?.aheadMs ?? null;
  const writer = record.holder === "" ? seen?.record.holder ?? "" : record.holder;
  if (writer === "" || writer === identity || record.renewedAtMs === null) return before;
  if (record.renewedAtMs === seen?.record.renewedAtMs) return before; // somebody else has edited it
  const aheadMs = now.wallMs - record.renewedAtMs;
  return before === null || seen?.record.holder !== writer ? aheadMs : Math.min(before, aheadMs);
}
