import { readFleet } from "../../src/bus/read_fleet.ts";
import type { Override } from "../../src/config/origin.ts";
import { viewCluster } from "../../src/fleet/cluster_view.ts";
import { parseSelector } from "../../src/fleet/selector.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";
import type { Event, EventHead } from "../../src/wire/event.ts";
import type { Severity } from "../../src/wire/severity.ts";
import type { CliContext } from "../cli_context.ts";
import { createClusterLabels } from "../cluster_labels.ts";
import { cutMiddle, displayWidth } from "../display_width.ts";
import { createEventFilter } from "../event_filter.ts";
import { describeZone } from "../event_line.ts";
import { formatData } from "../output_form.ts";
import { columnsOf } from "../output_option.ts";
import { printable } from "../printable.ts";
import { countBySlot, sparkline } from "../sparkline.ts";
import { createTailPrinter, type TailPrinterOptions } from "../tail_printer.ts";
import { type CliBus, openBus } from "./open_bus.ts";
import { readPast, readPastHeads } from "./read_past.ts";
import { resolveCluster } from "./resolve_cluster.ts";

interface HistoryOptions {
  readonly config?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly selector?: string;
  readonly since: number;
  readonly until: number;
  readonly severity?: Severity;
  readonly namespace?: string;
  readonly rule?: string;
  readonly reason?: string;
  readonly groupBy?: "rule" | "cluster";
  readonly limit: number;
  readonly stream?: string;
  readonly output: TailPrinterOptions["output"];
  readonly flags: readonly Override[];
}

/** Columns of a sparkline: one for each hour of a day at most. */
const SLOTS = 24;
/** Columns of a terminal that has room for sparklines too. */
const LEAST_WITH_TREND = 60;
const LEAST_KEY = 8;
/** Past this age, a time without its day says too little. */
const DAY_SHOWN_MS = 12 * 3_600_000;

/** Prints the past: events, newest last, or counts by rule or cluster. */
export async function runHistory(context: CliContext, options: HistoryOptions): Promise<void> {
  if (options.since >= options.until) {
    throw new AgentError(
      "bad_usage",
      "--since is not before --until: nothing lies between them; give an earlier --since",
    );
  }
  const { nats, config } = await openBus(context, { ...options, purpose: "history" });
  try {
    const cluster = options.cluster === undefined ? "*" : await resolveCluster(nats, options.cluster);
    const selected = options.selector === undefined ? null : await selectIds(nats, options.selector);
    const fits = createFilter(options, selected);
    let foreign = 0;
    const query = {
      cluster,
      stream: options.stream,
      sinceMs: options.since,
      untilMs: Math.min(options.until, Date.now()),
      onForeign: () => foreign++,
    };
    if (options.groupBy === undefined) {
      await printEvents(context, options, readPast(nats, config, query, context.signal), fits);
    } else {
      const heads = readPastHeads(nats, config, query, context.signal);
      await printGroups(context, options, options.groupBy, heads, fits);
    }
    if (foreign > 0) {
      context.stderr.write(`${foreign} events that name another cluster than their subject are left out\n`);
    }
  } finally {
    await nats.close().catch(() => {});
  }
}

async function selectIds(nats: CliBus, selector: string): Promise<ReadonlySet<string>> {
  const { entries, serverNowMs } = await readFleet(nats);
  const parsed = parseSelector(selector);
  const selects = parsed.kind === "ok" ? parsed.selects : () => false; // the option's parser has refused the rest
  return new Set(entries.map((entry) => viewCluster(entry, serverNowMs)).filter(selects).map(({ id }) => id));
}

function createFilter(options: HistoryOptions, selected: ReadonlySet<string> | null): (event: EventHead) => boolean {
  const fits = createEventFilter(options);
  return (event) => fits(event) && (selected?.has(event.cluster_id) ?? true);
}

async function printEvents(
  context: CliContext,
  options: HistoryOptions,
  events: AsyncIterable<Event>,
  fits: (event: Event) => boolean,
): Promise<void> {
  const { limit, output, cluster, since } = options;
  const newest: Event[] = [];
  let left = 0;
  for await (const event of events) {
    if (!fits(event)) continue;
    newest.push(event);
    if (newest.length < 2 * limit) continue;
    left += newest.length - limit;
    newest.splice(0, newest.length - limit);
  }
  left += Math.max(0, newest.length - limit);
  const shown = newest.slice(-limit);
  const ids = [...new Set(shown.map(({ cluster_id }) => cluster_id))];
  const isCut = columnsOf(context.stdout, output) !== null;
  const labelOf = isCut ? createClusterLabels(ids.map((id) => ({ id, name: null }))) : (id: string) => id;
  const printer = createTailPrinter(context, {
    output,
    cluster: cluster === undefined ? labelOf : null,
    incidents: false,
    date: Date.now() - since > DAY_SHOWN_MS,
  });
  if (newest.length > 0 && (output === "text" || output === "wide")) {
    context.stderr.write(`Times are in ${describeZone(new Date())}\n`);
  }
  for (const event of shown) printer.printPast(event);
  if (left > 0) context.stderr.write(`${left} older ones are left out; --limit shows more\n`);
  if (newest.length === 0) context.stderr.write(describeNothing(options));
}

async function printGroups(
  context: CliContext,
  options: HistoryOptions,
  groupBy: "rule" | "cluster",
  events: AsyncIterable<EventHead>,
  fits: (event: EventHead) => boolean,
): Promise<void> {
  const { since, until, limit, output } = options;
  const groups = new Map<string, number[]>();
  for await (const event of events) {
    if (!fits(event)) continue;
    const key = groupBy === "rule" ? event.rule ?? event.type : event.cluster_id;
    const times = groups.get(key) ?? [];
    times.push(Date.parse(event.reported_at));
    groups.set(key, times);
  }
  const rows = [...groups].sort(([, a], [, b]) => b.length - a.length).slice(0, limit);
  const toMs = Math.min(until, Date.now());
  for (const [key, times] of rows) {
    const text = output === "json" || output === "yaml"
      ? formatData(output, { [groupBy]: key, count: times.length })
      : groupLine(times.length, trend(context, times, since, toMs), printable(key), columnsOf(context.stdout, output));
    context.stdout.write(text);
  }
  if (rows.length === 0) context.stderr.write(describeNothing(options));
}

/** Nothing at all, or nothing that the filters leave. */
function describeNothing({ cluster, selector, severity, namespace, rule, reason }: HistoryOptions): string {
  const filters = [cluster, selector, severity, namespace, rule, reason];
  return filters.every((filter) => filter === undefined)
    ? "Nothing was reported in that time\n"
    : "Nothing that matches was reported in that time\n";
}

/** A name is cut before the count is, and the sparkline goes before the name is short. */
function groupLine(count: number, trend: string, key: string, width: number | null): string {
  const before = `${String(count).padStart(8)}  ${width !== null && width < LEAST_WITH_TREND ? "" : trend}`;
  return `${before}${width === null ? key : cutMiddle(key, Math.max(LEAST_KEY, width - displayWidth(before)))}\n`;
}

/** On a terminal: how the count went over the time that was asked for. */
function trend(context: CliContext, times: readonly number[], fromMs: number, toMs: number): string {
  if (context.stdout.isTTY !== true) return "";
  return `${sparkline(countBySlot(times, fromMs, toMs, SLOTS))}  `;
}
