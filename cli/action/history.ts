import { readFleet } from "../../src/bus/read_fleet.ts";
import { readHistory } from "../../src/bus/read_history.ts";
import type { Override } from "../../src/config/origin.ts";
import { viewCluster } from "../../src/fleet/cluster_view.ts";
import { matchesGlob, parseSelector } from "../../src/fleet/selector.ts";
import type { Event } from "../../src/wire/event.ts";
import { createSubjectReader } from "../../src/wire/read_subject.ts";
import { type Severity, severityRank } from "../../src/wire/severity.ts";
import { subjectFor } from "../../src/wire/subject.ts";
import type { CliContext } from "../cli_context.ts";
import { formatEventLine } from "../event_line.ts";
import { printable } from "../printable.ts";
import { countBySlot, sparkline } from "../sparkline.ts";
import { type CliBus, openBus } from "./open_bus.ts";
import { resolveCluster } from "./resolve_cluster.ts";

export interface HistoryOptions {
  readonly config?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly selector?: string;
  readonly since: number;
  readonly until: number;
  readonly severity?: Severity;
  readonly rule?: string;
  readonly reason?: string;
  readonly groupBy?: "rule" | "cluster";
  readonly limit: number;
  readonly stream?: string;
  readonly output: "text" | "ndjson";
  readonly flags: readonly Override[];
}

const USUAL_STREAM = "AGENT_EVENTS";
/** Columns of a sparkline: one for each hour of a day at most. */
const SLOTS = 24;

/** Prints the past: events, newest last, or counts by rule or cluster. */
export async function runHistory(context: CliContext, options: HistoryOptions): Promise<void> {
  const { nats, config } = await openBus(context, { ...options, purpose: "history" });
  try {
    const layout = { prefix: config.subject_prefix, template: config.subject_template };
    const cluster = options.cluster === undefined ? "*" : await resolveCluster(nats, options.cluster);
    const selected = options.selector === undefined ? null : await selectIds(nats, options.selector);
    const fits = createFilter(options, selected);
    let foreign = 0;
    const events = readHistory(
      nats,
      {
        stream: options.stream ?? (config.nats.stream || USUAL_STREAM),
        subjects: (["event", "events"] as const).map((kind) => subjectFor(kind, cluster, layout)),
        sinceMs: options.since,
        untilMs: Math.min(options.until, Date.now()),
      },
      createSubjectReader(["event", "events"], layout),
      () => foreign++,
      context.signal,
    );
    if (options.groupBy === undefined) await printEvents(context, options, events, fits);
    else await printGroups(context, options, options.groupBy, events, fits);
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

function createFilter(
  { severity, rule, reason }: HistoryOptions,
  selected: ReadonlySet<string> | null,
): (event: Event) => boolean {
  const worst = severity === undefined ? Infinity : severityRank(severity);
  return (event) =>
    severityRank(event.severity) <= worst &&
    (selected?.has(event.cluster_id) ?? true) &&
    (rule === undefined || matchesGlob(rule, event.rule ?? "")) &&
    (reason === undefined || matchesGlob(reason, event.reason));
}

async function printEvents(
  context: CliContext,
  { limit, output }: HistoryOptions,
  events: AsyncIterable<Event>,
  fits: (event: Event) => boolean,
): Promise<void> {
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
  const colour = context.stdout.isTTY === true && !context.env.NO_COLOR;
  for (const event of newest.slice(-limit)) {
    const line = output === "ndjson" ? JSON.stringify(event) : formatEventLine(event, { colour, cluster: true });
    context.stdout.write(`${line}\n`);
  }
  if (left > 0) context.stderr.write(`${left} older ones are left out; --limit shows more\n`);
  if (newest.length === 0) context.stderr.write("Nothing was reported in that time\n");
}

async function printGroups(
  context: CliContext,
  { since, until, limit, output }: HistoryOptions,
  groupBy: "rule" | "cluster",
  events: AsyncIterable<Event>,
  fits: (event: Event) => boolean,
): Promise<void> {
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
    const line = output === "ndjson"
      ? JSON.stringify({ [groupBy]: key, count: times.length })
      : `${String(times.length).padStart(8)}  ${trend(context, times, since, toMs)}${printable(key)}`;
    context.stdout.write(`${line}\n`);
  }
  if (rows.length === 0) context.stderr.write("Nothing was reported in that time\n");
}

/** On a terminal: how the count went over the time that was asked for. */
function trend(context: CliContext, times: readonly number[], fromMs: number, toMs: number): string {
  if (context.stdout.isTTY !== true) return "";
  return `${sparkline(countBySlot(times, fromMs, toMs, SLOTS))}  `;
}
