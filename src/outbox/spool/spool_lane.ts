import type { MessageKind } from "../../wire/message_kind.ts";
import { SEVERITIES, type Severity } from "../../wire/severity.ts";
import type { SpoolMessage } from "./spool.ts";

/**
 * One row a class of messages; each has segment files of its own, so that giving up the oldest of a class is the removal
 * of a file. Rows stand in the order in which a full spool gives them up: a metrics report is stale after an outage
 * anyway; what is known beside an incident is less than its reports, and evidence less than its end; a result answers a
 * person who waits; a critical event goes last. Names are on disk: never rename one.
 */
export const SPOOL_LANES = [
  { name: "metrics", kind: "metrics", severity: undefined },
  { name: "evidence", kind: "update", severity: "low" },
  { name: "update", kind: "update", severity: "medium" },
  { name: "low", kind: "event", severity: "low" },
  { name: "medium", kind: "event", severity: "medium" },
  { name: "high", kind: "event", severity: "high" },
  { name: "result", kind: "result", severity: undefined },
  { name: "critical", kind: "event", severity: "critical" },
] as const satisfies readonly {
  name: string;
  kind: MessageKind;
  severity: Severity | undefined;
}[];

export type LaneName = (typeof SPOOL_LANES)[number]["name"];
type SpoolLane = (typeof SPOOL_LANES)[number];

const EVENT_LANE: Readonly<Record<Severity, LaneName>> = {
  critical: "critical",
  high: "high",
  medium: "medium",
  low: "low",
};

/** The lane that keeps `message`; an event without a severity is kept with the low ones. */
export function laneOf(message: Pick<SpoolMessage, "kind" | "severity">): LaneName {
  if (message.kind === "event") return EVENT_LANE[message.severity ?? "low"];
  return message.kind === "update" && message.severity === "low" ? "evidence" : message.kind;
}

const LANE_BY_NAME: ReadonlyMap<string, SpoolLane> = new Map(SPOOL_LANES.map((lane) => [lane.name, lane]));

/** The lane called `name`, or undefined: for names that were read from disk. */
export function findLane(name: string): SpoolLane | undefined {
  return LANE_BY_NAME.get(name);
}

/** What stands in a record for "no severity"; the codes below are on disk too: never reuse one. */
const NO_RANK = 0xff;

const KIND_CODE: Readonly<Record<MessageKind, number>> = { event: 1, metrics: 2, result: 3, update: 4 };
const KIND_BY_CODE: ReadonlyMap<number, MessageKind> = new Map([
  [1, "event"],
  [2, "metrics"],
  [3, "result"],
  [4, "update"],
]);

/** The two bytes of a record that say what it is. */
export function encodeClass(message: Pick<SpoolMessage, "kind" | "severity">): { kindCode: number; rankCode: number } {
  const rankCode = message.severity === undefined ? NO_RANK : SEVERITIES.indexOf(message.severity);
  return { kindCode: KIND_CODE[message.kind], rankCode };
}

/** The reverse of `encodeClass`, or null for bytes that it never writes. */
export function decodeClass(
  kindCode: number,
  rankCode: number,
): { kind: MessageKind; severity: Severity | undefined } | null {
  const kind = KIND_BY_CODE.get(kindCode);
  const severity = rankCode === NO_RANK ? undefined : SEVERITIES[rankCode];
  if (kind === undefined || (severity === undefined && rankCode !== NO_RANK)) return null;
  return { kind, severity };
}
