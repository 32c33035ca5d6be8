import { styleText } from "node:util";
import type { Event } from "../src/wire/event.ts";
import type { Update } from "../src/wire/update.ts";
import type { CliContext } from "./cli_context.ts";
import { foldedEvidence } from "./evidence_digest.ts";
import { createEventFolder, type FoldedLine } from "./event_folder.ts";
import { type EventLineOptions, formatCells, formatEventLine } from "./event_line.ts";
import { updateLine } from "./incident_line.ts";
import { createIncidentNews } from "./incident_news.ts";
import { formatData } from "./output_form.ts";
import { columnsOf, type TableForm } from "./output_option.ts";

export interface TailPrinterOptions {
  readonly output: TableForm;
  /** How clusters are called; `null`: only one is shown, so no line names it. */
  readonly cluster: ((id: string) => string) | null;
  /** With the day before each time. */
  readonly date: boolean;
  /** Not each event, but what becomes of incidents. */
  readonly incidents: boolean;
}

export interface TailPrinter {
  /** One of the past: printed as it is. */
  printPast(event: Event): void;
  printLive(event: Event): void;
  printUpdate(update: Update): void;
  /** To be called about once a second. */
  tick(): void;
}

/** Prints events: lines for people, folded on a terminal where more come than anybody reads, or data for programs. */
export function createTailPrinter(
  { stdout, env }: Pick<CliContext, "stdout" | "env">,
  { output, cluster, date, incidents }: TailPrinterOptions,
): TailPrinter {
  const terminal = stdout.isTTY === true;
  const layout = (): EventLineOptions => ({
    colour: terminal && !env.NO_COLOR,
    cluster,
    date,
    // Asked for each line: the window may have another size by now.
    width: columnsOf(stdout, output),
  });
  const folder = terminal && output === "text" ? createEventFolder() : null;

  const forPrograms = output === "json" || output === "yaml" ? output : null;
  const news = createIncidentNews();

  function print(event: Event): void {
    stdout.write(forPrograms === null ? `${formatEventLine(event, layout())}\n` : formatData(forPrograms, event));
  }

  /** `shown`: whether the event gets a line of its own, beside those about its incident. */
  function take(event: Event, shown: boolean): void {
    // Programs get events alone unless incidents are asked for.
    if (forPrograms !== null) return void (!incidents || event.incident?.reports === 1 ? print(event) : null);
    if (!incidents && shown) print(event);
    for (const line of news.take(event, layout())) stdout.write(`${line}\n`);
  }

  return {
    printPast: (event) => take(event, true),
    printLive: (event) => take(event, folder === null || incidents || folder.take(event, performance.now())),
    printUpdate(update) {
      if (forPrograms !== null) return void (incidents ? stdout.write(formatData(forPrograms, update)) : null);
      const line = updateLine(update, layout());
      if (line !== null) stdout.write(`${line}\n`);
      if (update.kind !== "evidence" || incidents) return;
      for (const found of foldedEvidence(update, layout().width)) stdout.write(`${found}\n`);
    },
    tick() {
      for (const line of folder?.flush(performance.now()) ?? []) {
        if (line.kind === "event") print(line.event);
        else stdout.write(`${formatFolded(line, layout())}\n`);
      }
    },
  };
}

function formatFolded(line: Exclude<FoldedLine, { kind: "event" }>, options: EventLineOptions): string {
  const rate = `${line.perSecond < 10 ? line.perSecond.toFixed(1) : Math.round(line.perSecond)}/s`;
  if (line.kind === "rest") {
    const text = `… ${line.count} more for ${line.reasons} reasons, ${rate}`;
    return options.colour ? styleText("gray", text) : text;
  }
  const { event, count } = line;
  if (line.kind === "repeats") {
    const message = `${event.reason}: ${count} more, ${rate}: ${event.message}`;
    return formatCells({ ...cellsOf(event), object: `${event.namespace}/${nameOf(event)}`, rest: message }, options);
  }
  const object = line.objects === 1 ? nameOf(event) : `${line.objects} objects`;
  return formatCells({
    ...cellsOf(event),
    object: `${event.namespace || "(no namespace)"}/${object}`,
    rest: `${event.reason}: ${count} more, ${rate}, last ${nameOf(event)}: ${event.message}`,
  }, options);
}

const nameOf = ({ labels }: Event) => `${labels.kind ?? ""}/${labels.name ?? ""}`;
const cellsOf = ({ timestamp, severity, cluster_id }: Event) => ({ timestamp, severity, clusterId: cluster_id });
