import { styleText } from "node:util";
import type { Event } from "../src/wire/event.ts";
import type { Severity } from "../src/wire/severity.ts";
import { cutEnd, cutMiddle, padTo } from "./display_width.ts";
import { printable } from "./printable.ts";

const COLOUR_OF = { critical: "magenta", high: "red", medium: "yellow", low: "gray" } as const;

export interface EventLineOptions {
  readonly colour: boolean;
  /** How the cluster is called in its column; `null` leaves the column out. */
  readonly cluster: ((id: string) => string) | null;
  /** Columns of the terminal, which a line then fits; `null`: nothing is cut or filled. */
  readonly width: number | null;
  /** With the day before the time, for what may be older than today. */
  readonly date?: boolean;
}

/** The cells of a line for people, from left to right. */
interface EventCells {
  readonly timestamp: string;
  readonly severity: Severity;
  readonly clusterId: string;
  readonly object: string;
  readonly rest: string;
}

/** What is left for each column where a line must fit the terminal. */
const OBJECT_SHARE = 0.28;
const CLUSTER_SHARE = 0.15;
const CLUSTER_LIMIT = 24;
const LEAST_COLUMN = 8;

/**
 * One event as a line for people: local time, severity, cluster, object, reason, what it means, what was written. Control
 * characters of the cluster are shown as replacement characters: a message can't move the cursor.
 */
export function formatEventLine(event: Event, options: EventLineOptions): string {
  const count = event.raw_data.count !== undefined && event.raw_data.count > 1 ? ` (x${event.raw_data.count})` : "";
  const meaning = event.explanation === undefined ? "" : `${event.explanation} | `;
  return formatCells({
    timestamp: event.timestamp,
    severity: event.severity,
    clusterId: event.cluster_id,
    object: objectOf(event),
    rest: `${event.reason}${count}: ${meaning}${event.message}`,
  }, options);
}

/** `namespace/Kind/name`; what an agent says of itself has none. */
export function objectOf({ namespace, labels, source }: Event): string {
  const object = [labels.kind ?? "", labels.name ?? ""].filter((part) => part !== "").join("/");
  return [namespace, object].filter((part) => part !== "").join("/") || source;
}

/** The line of some cells, all of which may come from anywhere. */
export function formatCells(cells: EventCells, { colour, cluster, width, date }: EventLineOptions): string {
  const time = localTime(cells.timestamp, date ?? false);
  const severity = cells.severity.padEnd(8);
  const label = cluster === null ? null : printable(cluster(cells.clusterId));
  const [object, rest] = [printable(cells.object), printable(cells.rest)];
  const shown = colour ? styleText(COLOUR_OF[cells.severity], severity) : severity;
  if (width === null) return [time, shown, ...(label === null ? [] : [label]), object, rest].join(" ");
  const clusterWidth = label === null ? 0 : clusterColumns(width);
  const objectWidth = shareOf(width, OBJECT_SHARE);
  const before = time.length + 1 + severity.length + 1 + (label === null ? 0 : clusterWidth + 1) + objectWidth + 1;
  return [
    time,
    shown,
    ...(label === null ? [] : [clusterCell(label, width)]),
    padTo(cutMiddle(object, objectWidth), objectWidth),
    cutEnd(rest, Math.max(LEAST_COLUMN, width - before)),
  ].join(" ");
}

const shareOf = (width: number, part: number) => Math.max(LEAST_COLUMN, Math.floor(width * part));
const clusterColumns = (width: number) => Math.min(CLUSTER_LIMIT, shareOf(width, CLUSTER_SHARE));

/** A cluster's label, cut in its middle and filled to the column that it has on a terminal of `width`; `null`: as it is. */
export function clusterCell(label: string, width: number | null): string {
  if (width === null) return label;
  const columns = clusterColumns(width);
  return padTo(cutMiddle(label, columns), columns);
}

/** `14:03:07`, with `11-30` before it where the day is not plain; a text that is no time as it is. */
export function localTime(timestamp: string, withDate = false): string {
  const at = new Date(timestamp);
  if (Number.isNaN(at.getTime())) return printable(timestamp.slice(0, 19));
  const two = (value: number) => String(value).padStart(2, "0");
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":");
  return withDate ? `${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}` : time;
}

/** The zone of the times in lines, named once: `Europe/Berlin, UTC+01:00`. */
export function describeZone(now: Date): string {
  const minutes = -now.getTimezoneOffset();
  const two = (value: number) => String(value).padStart(2, "0");
  const offset = `UTC${minutes < 0 ? "-" : "+"}${two(Math.floor(Math.abs(minutes) / 60))}:${
    two(Math.abs(minutes) % 60)
  }`;
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return minutes === 0 && /^(Etc\/)?(UTC|GMT)$|^$/.test(zone) ? "UTC" : `${zone}, ${offset}`;
}
