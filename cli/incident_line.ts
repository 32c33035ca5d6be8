import { styleText } from "node:util";
import { formatGoDuration } from "../src/wire/duration.ts";
import type { Event, WireCause } from "../src/wire/event.ts";
import type { Update } from "../src/wire/update.ts";
import { cutEnd, cutMiddle, displayWidth } from "./display_width.ts";
import { clusterCell, localTime } from "./event_line.ts";
import { printable } from "./printable.ts";

/** What a line says has become of an incident. */
type Word = "opened" | "cause" | "resolved" | "quiet" | "evidence" | "storm";

const COLOUR_OF = {
  opened: "red",
  cause: "cyan",
  resolved: "green",
  quiet: "gray",
  evidence: "blue",
  storm: "magenta",
} as const;

export interface LineOptions {
  readonly colour: boolean;
  /** Columns of the terminal, which a line then fits; `null` or absent: nothing is cut. */
  readonly width?: number | null;
  /** How the cluster is called; `null` leaves it out, absent it is its id. */
  readonly cluster?: ((id: string) => string) | null;
  /** With the day before the time, for what may be older than today. */
  readonly date?: boolean;
}

/** What of a place is left where the line must hold an incident's id too, for `agent incident` to be given. */
const LEAST_PLACE = 8;

/** What a line says behind its word. */
interface Said {
  /** What it is about: the owner, else the object. */
  readonly place?: string;
  /** The incident's id. */
  readonly incident?: string;
  readonly rest: readonly string[];
}

/** `rest` stands behind the cluster in the same column as in an event's line; the incident's id does not fall off the end. */
function line(
  atRfc3339: string,
  word: Word,
  clusterId: string,
  { place = "", incident, rest }: Said,
  { colour, width, cluster = (id) => id, date }: LineOptions,
): string {
  const time = localTime(atRfc3339, date);
  const padded = word.padEnd(8);
  const label = cluster === null ? "" : clusterCell(printable(cluster(clusterId)), width ?? null);
  const id = incident === undefined ? "" : `incident ${printable(incident)}`;
  const room = width ? Math.max(8, width - time.length - padded.length - 2) : null;
  const left = room === null ? null : room - displayWidth(`${label} ${id}: `) - 1;
  const about = left === null ? printable(place) : cutMiddle(printable(place), Math.max(LEAST_PLACE, left));
  const [first = "", ...others] = rest.map(printable);
  const text = [label, about, id === "" ? first : `${id}${first}`, ...others].filter((part) => part !== "").join(" ");
  const shown = room === null ? text : cutEnd(text, room);
  return `${time} ${colour ? styleText(COLOUR_OF[word], padded) : padded} ${shown}`;
}

/** A cause in words: `Node/node-6 (high): the node …`. */
export function causeWords({ object, confidence, reason }: WireCause): string {
  return `${object} (${confidence}): ${reason}`;
}

/** What an incident is about: its owner, else its object. */
function placeOf(event: Event): string {
  const { labels } = event;
  const kind = labels.owner_kind ?? labels.kind ?? "";
  const name = labels.owner_name ?? labels.name ?? "";
  return [event.namespace, kind, name].filter((part) => part !== "").join("/");
}

/** The line for a report that opens an incident, with its first cause. */
export function openedLine(event: Event, options: LineOptions): string {
  const [cause] = event.caused_by ?? [];
  return line(event.timestamp, "opened", event.cluster_id, {
    place: placeOf(event),
    incident: event.incident?.id ?? "",
    rest: [
      ` (${event.incident?.family ?? ""}, ${event.severity}):`,
      event.explanation ?? event.reason,
      cause === undefined ? "" : `| caused by ${causeWords(cause)}`,
    ],
  }, options);
}

/** The line for a cause that was found after an incident had opened. */
export function causeLine(event: Event, cause: WireCause, options: LineOptions): string {
  return line(event.timestamp, "cause", event.cluster_id, {
    place: placeOf(event),
    incident: event.incident?.id ?? "",
    rest: [`: caused by ${causeWords(cause)}`],
  }, options);
}

/** The line for an update; `null` for one that says nothing new (the list of open incidents). */
export function updateLine(update: Update, options: LineOptions): string | null {
  switch (update.kind) {
    case "open":
      return null;
    case "storm": {
      const top = update.categories.map(({ name, reports }) => `${name} ${reports}`).join(", ");
      const said = `${update.reports} reports of ${update.incidents} new incidents in ${durationWords(update.window)}`;
      return line(update.timestamp, "storm", update.cluster_id, { rest: [`${said}: ${top}`] }, options);
    }
    case "evidence":
      return line(update.timestamp, "evidence", update.cluster_id, {
        incident: update.incident_id,
        rest: [`: ${Object.keys(update.evidence).join(", ") || "nothing"}`],
      }, options);
    case "resolved":
      return line(update.ended_at, "resolved", update.cluster_id, {
        place: updatePlace(update),
        incident: update.incident_id,
        rest: [` after ${durationWords(update.open_for)}: ${update.proof} (${update.by})`],
      }, options);
    case "quiet":
      return line(update.timestamp, "quiet", update.cluster_id, {
        place: updatePlace(update),
        incident: update.incident_id,
        rest: [`: nothing new since ${localTime(update.last_report_at)}; that is no proof of an end`],
      }, options);
  }
}

function updatePlace({ namespace, object }: Extract<Update, { kind: "resolved" | "quiet" }>): string {
  return [namespace, object.kind, object.name].filter((part) => part !== "").join("/");
}

/** Nanoseconds as people write them, to the second. */
export function durationWords(nanoseconds: number): string {
  return formatGoDuration(Math.round(nanoseconds / 1e9) * 1000);
}
