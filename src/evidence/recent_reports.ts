import { Buffer } from "node:buffer";
import type { FaultSighting, IncidentStamp } from "../incidents/fault.ts";
import { rfc3339 } from "../wire/rfc3339.ts";
import type { JsonObject } from "../redaction/redact_value.ts";
import { redactText } from "../redaction/redact_text.ts";
import type { Redactor } from "../redaction/redactor.ts";

/** What else was reported of one owner or on one node lately: remembered as it passes by, never asked for. */
export interface RecentReports {
  note(sighting: FaultSighting, stamp: IncidentStamp): void;
  /** The latest distinct ones, newest first, without those of the fault's own rule and object. */
  around(sighting: FaultSighting, stamp: IncidentStamp): readonly JsonObject[];
}

interface Report {
  readonly sighting: FaultSighting;
  readonly stamp: IncidentStamp;
}

const LIMIT = 256;
/** So that a flood does not push out all that came before it. */
const NOTED_A_SECOND = 64;
const SHOWN = 10;
const SHOWN_LENGTH = 240;
/** Up to here a message is kept as it is: to copy its beginning takes longer than all the rest. */
const KEPT_LENGTH = 1_024;

/**
 * Remembers the last `limit` reports; in a flood, the first of each second. Noting one copies nothing, and what is asked
 * for is worked out when asked.
 */
export function createRecentReports(
  redactor: Redactor,
  now: () => number,
  limit: number = LIMIT,
): RecentReports {
  const ring: Report[] = [];
  let next = 0;
  let second = { number: NaN, noted: 0 };

  function shown({ sighting, stamp }: Report, times: number, isOwners: boolean): JsonObject {
    const { rule, severity, namespace, object, message, atMs } = sighting;
    return {
      at: rfc3339(atMs),
      rule,
      severity,
      namespace,
      object: `${object.kind}/${object.name}`,
      message: redactText(beginning(message), { cut: true, redactor }).text,
      times,
      incident: stamp.incident.id,
      same: isOwners ? "owner" : "node",
    };
  }

  return {
    note(sighting, stamp) {
      const number = Math.floor(now() / 1_000);
      if (number !== second.number) second = { number, noted: 0 };
      if (++second.noted > NOTED_A_SECOND) return;
      const { message } = sighting;
      const kept = message.length <= KEPT_LENGTH ? sighting : { ...sighting, message: copyOf(beginning(message)) };
      ring[next] = { sighting: kept, stamp };
      next = (next + 1) % limit;
    },
    around(sighting, stamp) {
      const own = keyOf(sighting);
      const owner = ownerOf(sighting, stamp);
      const node = stamp.node ?? "";
      const isOwners = (report: Report) => ownerOf(report.sighting, report.stamp) === owner;
      const newestFirst = [...ring.slice(next), ...ring.slice(0, next)].reverse();
      const distinct = new Map<string, { readonly newest: Report; times: number }>();
      for (const report of newestFirst) {
        const key = keyOf(report.sighting);
        if (key === own || !(isOwners(report) || (node !== "" && report.stamp.node === node))) continue;
        const known = distinct.get(key);
        if (known === undefined) distinct.set(key, { newest: report, times: 1 });
        else known.times++;
      }
      return [...distinct.values()].slice(0, SHOWN)
        .map(({ newest, times }) => shown(newest, times, isOwners(newest)));
    },
  };
}

function ownerOf({ namespace, object }: FaultSighting, { owner }: IncidentStamp): string {
  const { kind, name } = owner ?? object;
  return `${namespace}/${kind}/${name}`;
}

function keyOf({ rule, namespace, object }: FaultSighting): string {
  return `${rule}\n${namespace}\n${object.kind}\n${object.name}`;
}

/** The first words: half a token at a cut would not be known for a secret. */
function beginning(message: string): string {
  if (message.length <= SHOWN_LENGTH) return message;
  return message.slice(0, Math.max(0, message.lastIndexOf(" ", SHOWN_LENGTH)));
}

/** A slice of a string in V8 holds the whole. */
const copyOf = (text: string): string => Buffer.from(text, "utf16le").toString("utf16le");
