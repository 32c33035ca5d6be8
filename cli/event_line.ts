import { styleText } from "node:util";
import type { Event } from "../src/wire/event.ts";
import { printable } from "./printable.ts";

const COLOUR_OF = { critical: "magenta", high: "red", medium: "yellow", low: "gray" } as const;

/**
 * One event as a line for people: time, severity, cluster, object, reason, what it means, what was written. Control
 * characters of the cluster are shown as replacement characters: a message can't move the cursor.
 */
export function formatEventLine(
  event: Event,
  options: { readonly colour: boolean; readonly cluster: boolean },
): string {
  const severity = event.severity.padEnd(8);
  const count = event.raw_data.count !== undefined && event.raw_data.count > 1 ? ` (x${event.raw_data.count})` : "";
  const object = [event.namespace, `${event.labels.kind ?? ""}/${event.labels.name ?? ""}`].filter((part) =>
    part !== ""
  );
  const rest = [
    ...(options.cluster ? [event.cluster_id] : []),
    object.join("/"),
    `${event.reason}${count}:`,
    ...(event.explanation === undefined ? [] : [event.explanation, "|"]),
    event.message,
  ].join(" ");
  const time = event.timestamp.slice(11, 19);
  return printable(time) + " " + (options.colour ? styleText(COLOUR_OF[event.severity], severity) : severity) + " " +
    printable(rest);
}
