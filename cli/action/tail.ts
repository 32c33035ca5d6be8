import { readFleet } from "../../src/bus/read_fleet.ts";
import { isUpdate, subscribeReports } from "../../src/bus/subscribe_events.ts";
import type { Config } from "../../src/config/config_schema.ts";
import type { Override } from "../../src/config/origin.ts";
import { matchesGlob } from "../../src/fleet/selector.ts";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { errorMessage } from "../../src/lifecycle/errors.ts";
import { waitAtMost } from "../../src/lifecycle/wait_at_most.ts";
import type { Event } from "../../src/wire/event.ts";
import { createSubjectReader } from "../../src/wire/read_subject.ts";
import { type Severity, severityRank } from "../../src/wire/severity.ts";
import { clusterOfSubject, subjectFor } from "../../src/wire/subject.ts";
import type { Update } from "../../src/wire/update.ts";
import { type AgentBeats, createAgentBeats } from "../agent_beats.ts";
import type { CliContext } from "../cli_context.ts";
import { createClusterLabels } from "../cluster_labels.ts";
import { createEventFilter } from "../event_filter.ts";
import { describeZone } from "../event_line.ts";
import { createTailPrinter, type TailPrinter, type TailPrinterOptions } from "../tail_printer.ts";
import { connectAgain } from "./connect_again.ts";
import { type CliBus, openBus } from "./open_bus.ts";
import { checkPast, readNewest, readPast } from "./read_past.ts";
import { resolveCluster } from "./resolve_cluster.ts";

export interface TailOptions {
  readonly config?: string;
  readonly context?: string;
  /** An id, a name, or a prefix that matches one cluster. */
  readonly cluster?: string;
  readonly severity?: Severity;
  /** Not each event, but what becomes of incidents. */
  readonly incidents: boolean;
  readonly namespace?: string;
  readonly rule?: string;
  readonly reason?: string;
  /** Begin with the past from then on, from the stream. */
  readonly since?: number;
  /** Begin with so many of the past, from the stream. */
  readonly last?: number;
  readonly stream?: string;
  readonly output: TailPrinterOptions["output"];
  readonly flags: readonly Override[];
  /** After so long without a report, whether agents are alive is said; each time later than before. */
  readonly quietMs?: number;
}

const QUIET_MS = 30_000;
const QUIET_LIMIT_MS = 10 * 60_000;
const TICK_MS = 1_000;
const NAMES_WAIT_MS = 2_000;
/** Ids of the past that are remembered, so that none is printed again where past and present meet. */
const REMEMBERED = 20_000;
/** Past this age, a time without its day says too little. */
const DAY_SHOWN_MS = 12 * 3_600_000;
const BEAT_LIMIT_BYTES = 64 * 1024;

/** What one run of the subcommand goes on with over all its connections. */
interface Tail {
  readonly context: CliContext;
  readonly options: TailOptions;
  readonly config: Config;
  /** An id, or `*`. */
  readonly cluster: string;
  readonly fits: (event: Event) => boolean;
  readonly printer: TailPrinter;
  readonly labelOf: (id: string) => string;
  readonly beats: AgentBeats;
  /** What `performance.now()` was at the last report, and when quiet is told next. */
  readonly quiet: { lastMs: number; nextMs: number; mayHear: boolean };
}

/** Prints events as they come, until a signal ends it; goes on when NATS comes back. */
export async function runTail(context: CliContext, options: TailOptions): Promise<void> {
  const opened = await openBus(context, { ...options, purpose: "tail" });
  let { nats } = opened;
  const tail = await prepare(context, options, opened).catch(async (error) => {
    await nats.close().catch(() => {});
    throw error;
  });
  const timer = setInterval(() => {
    tail.printer.tick();
    tellQuiet(tail);
  }, TICK_MS);
  try {
    let past = pastAsked(options);
    for (;;) {
      const ended = await listen(tail, nats, past);
      if (context.signal.aborted) return;
      const cutMs = Date.now();
      context.stderr.write(`NATS has gone (${ended}); connecting again\n`);
      nats = await connectAgain(tail.config, "tail", context.signal);
      const seconds = Math.round((Date.now() - cutMs) / 1000);
      // Where the stream was asked for, it fills the gap; the time before the cut is for what was under way.
      past = past === null ? null : { sinceMs: cutMs - 5_000, last: null };
      context.stderr.write(
        `NATS is back after ${seconds} s` +
          (past === null ? "; what was reported meanwhile is not shown: see agent history\n" : "\n"),
      );
    }
  } finally {
    clearInterval(timer);
    tail.printer.tick();
    await nats.close().catch(() => {});
  }
}

interface Past {
  readonly sinceMs: number | null;
  readonly last: number | null;
}

function pastAsked({ since, last }: TailOptions): Past | null {
  return since === undefined && last === undefined ? null : { sinceMs: since ?? null, last: last ?? null };
}

async function prepare(
  context: CliContext,
  options: TailOptions,
  { nats, config }: { readonly nats: CliBus; readonly config: Config },
): Promise<Tail> {
  const cluster = options.cluster === undefined ? "*" : await resolveCluster(nats, options.cluster);
  if (pastAsked(options) !== null) {
    await checkPast(nats, config, { cluster, stream: options.stream }, context.signal);
  }
  const isForPeople = context.stdout.isTTY === true && options.output === "text";
  const labelOf = isForPeople ? createClusterLabels(await readNames(nats, context.signal)) : (id: string) => id;
  const printer = createTailPrinter(context, {
    output: options.output,
    cluster: cluster === "*" ? labelOf : null,
    incidents: options.incidents,
    date: options.last !== undefined || (options.since !== undefined && Date.now() - options.since > DAY_SHOWN_MS),
  });
  const subjects = subjectsOf(cluster, config);
  const zone = options.output === "text" || options.output === "wide"
    ? `times are in ${describeZone(new Date())}; `
    : "";
  const [last, ...others] = subjects.toReversed();
  context.stderr.write(`Listening on ${others.toReversed().join(", ")} and ${last}; ${zone}Ctrl-C ends it\n`);
  return {
    context,
    options,
    config,
    cluster,
    printer,
    labelOf,
    fits: createEventFilter(options),
    beats: createAgentBeats(),
    quiet: { lastMs: performance.now(), nextMs: options.quietMs ?? QUIET_MS, mayHear: true },
  };
}

/** Names from the fleet's bucket, where there is one: a nicety, so it is not waited for long. */
async function readNames(
  nats: CliBus,
  signal: AbortSignal,
): Promise<readonly { readonly id: string; readonly name: string | null }[]> {
  let names: readonly { readonly id: string; readonly name: string | null }[] = [];
  const reading = readFleet(nats).then(({ entries }) => {
    names = entries.map(({ id, register }) => ({ id, name: register?.value.cluster_name ?? null }));
  }).catch(() => {});
  await waitAtMost(reading, NAMES_WAIT_MS, systemClock, signal);
  return names;
}

const layoutOf = (config: Config) => ({ prefix: config.subject_prefix, template: config.subject_template });
const subjectsOf = (cluster: string, config: Config) =>
  (["event", "events", "update"] as const).map((kind) => subjectFor(kind, cluster, layoutOf(config)));

/** Prints what comes over one connection, the past first where it is asked for. Resolves with what ended the connection. */
async function listen(tail: Tail, nats: CliBus, past: Past | null): Promise<string> {
  const { context, config } = tail;
  hearBeats(tail, nats);
  const say = (text: string) => void context.stderr.write(`${text}\n`);
  const layout = layoutOf(config);
  const isUpdateSubject = (subject: string) =>
    subjectFor("update", clusterOfSubject(subject, layout) ?? "", layout) === subject;
  const live = subscribeReports(nats, {
    subjects: subjectsOf(tail.cluster, config),
    clusterOf: (subject) => clusterOfSubject(subject, layout),
    isUpdateSubject,
    onForeign: (subject) => say(`A message on ${subject} names another cluster and is left out`),
    onUnreadable: (subject) => say(`A message on ${subject} is not an event`),
    onDropped: (dropped) => say(`${dropped} events are left out: they come faster than they are read here`),
    onRefused: (subject) =>
      say(
        `NATS does not let this user hear ${subject}` +
          (isUpdateSubject(subject) ? "; the ends of incidents are not shown" : "; add it to the user's permissions"),
      ),
  }, context.signal);
  try {
    const first = live.next(); // subscribes: nothing is missed between the past and the present
    first.catch(() => {});
    const printed = past === null ? new Set<string>() : await printPast(tail, nats, past);
    for (let next = await first; next.done !== true; next = await live.next()) {
      const report = next.value;
      if (isUpdate(report) ? !fitsUpdate(tail.options, report) : !tail.fits(report) || printed.delete(report.id)) {
        continue;
      }
      tail.quiet.lastMs = performance.now();
      tail.quiet.nextMs = tail.options.quietMs ?? QUIET_MS;
      if (isUpdate(report)) tail.printer.printUpdate(report);
      else tail.printer.printLive(report);
    }
    return "";
  } catch (error) {
    // Only what the connection's end explains is mended by another one.
    if (!nats.isClosed()) throw error;
    return errorMessage(error);
  }
}

/** Updates have no rule and no reason: who asks for one of these asks for events. */
function fitsUpdate({ severity, namespace, rule, reason }: TailOptions, update: Update): boolean {
  if (rule !== undefined || reason !== undefined) return false;
  if (severity !== undefined && "severity" in update && severityRank(update.severity) > severityRank(severity)) {
    return false;
  }
  return namespace === undefined || ("namespace" in update && matchesGlob(namespace, update.namespace));
}

/** Prints the past and returns the ids of its newest. */
async function printPast(tail: Tail, nats: CliBus, { sinceMs, last }: Past): Promise<Set<string>> {
  const { context, config, cluster, fits, printer, options } = tail;
  const printed = new Set<string>();
  let foreign = 0;
  const query = { cluster, stream: options.stream, untilMs: Date.now(), onForeign: () => foreign++ };
  const show = (event: Event) => {
    printer.printPast(event);
    printed.add(event.id);
    if (printed.size > REMEMBERED) { for (const id of printed) if (printed.delete(id)) break; }
  };
  await nats.flush();
  if (last !== null) {
    const newest = await readNewest(nats, config, { ...query, sinceMs }, { count: last, fits }, context.signal);
    newest.forEach(show);
  } else {
    for await (const event of readPast(nats, config, { ...query, sinceMs: sinceMs ?? 0 }, context.signal)) {
      if (fits(event)) show(event);
    }
  }
  if (foreign > 0) {
    context.stderr.write(`${foreign} events that name another cluster than their subject are left out\n`);
  }
  return printed;
}

/** Notes heartbeats; where the user may not subscribe to them, nothing is said of agents. */
function hearBeats({ beats, cluster, config, quiet }: Tail, nats: CliBus): void {
  const clusterOf = createSubjectReader(["heartbeat"], layoutOf(config));
  nats.subscribe(subjectFor("heartbeat", cluster, layoutOf(config)), {
    callback: (error, message) => {
      if (error !== null) return void (quiet.mayHear = false);
      const id = clusterOf(message.subject);
      if (id === null || message.data.length > BEAT_LIMIT_BYTES) return;
      beats.take(id, /"stopping":\s{0,8}true/.test(message.string()), performance.now());
    },
  });
}

/** After a quiet while: whether anybody is there to report. */
function tellQuiet({ context, beats, quiet, labelOf, config, cluster }: Tail): void {
  const quietMs = performance.now() - quiet.lastMs;
  if (quietMs < quiet.nextMs) return;
  quiet.nextMs = Math.min(quiet.nextMs * 2, quiet.nextMs + QUIET_LIMIT_MS);
  const alive = beats.describe(performance.now(), labelOf);
  const subject = subjectFor("heartbeat", cluster, layoutOf(config));
  const nobody = quiet.mayHear
    ? `no agent is heard on ${subject}: is one connected to this NATS, with this subject_prefix?`
    : `whether agents are alive is not known: this user may not subscribe to ${subject}`;
  context.stderr.write(`Nothing to show for ${Math.round(quietMs / 1000)} s; ${alive ?? nobody}\n`);
}
