import { readHistory, readHistoryHeads } from "../../src/bus/read_history.ts";
import type { Config } from "../../src/config/config_schema.ts";
import type { Event, EventHead } from "../../src/wire/event.ts";
import { createSubjectReader } from "../../src/wire/read_subject.ts";
import { subjectFor } from "../../src/wire/subject.ts";
import type { CliBus } from "./open_bus.ts";

interface PastQuery {
  /** An id, or `*`. */
  readonly cluster: string;
  /** `undefined`: the configuration's, or the usual one. */
  readonly stream: string | undefined;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly onForeign: () => void;
}

const USUAL_STREAM = "AGENT_EVENTS";
/** How far back the newest are looked for, step by step: few of a large stream are read for them. */
const STEPS_MS = [10 * 60_000, 3_600_000, 6 * 3_600_000, 24 * 3_600_000, 7 * 24 * 3_600_000];

/** The events of the stream that the configuration, or `stream`, names. */
export function readPast(nats: CliBus, config: Config, query: PastQuery, signal: AbortSignal): AsyncIterable<Event> {
  const { asked, clusterOf } = askFor(config, query);
  return readHistory(nats, asked, clusterOf, query.onForeign, signal);
}

/** Rejects as reading the past would, before anything is said of what is to come. */
export async function checkPast(
  nats: CliBus,
  config: Config,
  query: Pick<PastQuery, "cluster" | "stream">,
  signal: AbortSignal,
): Promise<void> {
  const now = Date.now();
  const events = readPast(nats, config, { ...query, sinceMs: now, untilMs: now, onForeign: () => {} }, signal);
  for await (const _ of events) break;
}

/** The same, with no more of each event than it is chosen and counted by. */
export function readPastHeads(
  nats: CliBus,
  config: Config,
  query: PastQuery,
  signal: AbortSignal,
): AsyncIterable<EventHead> {
  const { asked, clusterOf } = askFor(config, query);
  return readHistoryHeads(nats, asked, { clusterOf, onForeign: query.onForeign }, signal);
}

function askFor(config: Config, { stream, cluster, sinceMs, untilMs }: PastQuery) {
  const layout = { prefix: config.subject_prefix, template: config.subject_template };
  return {
    asked: {
      stream: stream ?? (config.nats.stream || USUAL_STREAM),
      subjects: (["event", "events"] as const).map((kind) => subjectFor(kind, cluster, layout)),
      sinceMs,
      untilMs,
    },
    clusterOf: createSubjectReader(["event", "events"], layout),
  };
}

/** The newest `count` that fit, oldest first; of the last seven days where `since` says nothing. */
export async function readNewest(
  nats: CliBus,
  config: Config,
  query: Omit<PastQuery, "sinceMs"> & { readonly sinceMs: number | null },
  { count, fits }: { readonly count: number; readonly fits: (event: Event) => boolean },
  signal: AbortSignal,
): Promise<readonly Event[]> {
  const starts = query.sinceMs === null ? STEPS_MS.map((ms) => query.untilMs - ms) : [query.sinceMs];
  let newest: Event[] = [];
  for (const sinceMs of starts) {
    newest = [];
    for await (const event of readPast(nats, config, { ...query, sinceMs }, signal)) {
      if (!fits(event)) continue;
      newest.push(event);
      if (newest.length >= 2 * count) newest.splice(0, newest.length - count);
    }
    if (newest.length >= count || signal.aborted) break;
  }
  return newest.slice(-count);
}
