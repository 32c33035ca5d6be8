import { classify } from "../../src/events/classify.ts";
import { compileCatalogue } from "../../src/events/compile_rules.ts";
import {
  createEventPipeline,
  type EventPipeline,
  type EventPipelineOptions,
} from "../../src/events/create_event_pipeline.ts";
import { type Clock, systemClock } from "../../src/lifecycle/clock.ts";
import type { OutboxEntry } from "../../src/outbox/lane.ts";
import type { Settlement } from "../../src/outbox/outbound_message.ts";
import { createMemoryOutbox } from "../../src/outbox/memory_outbox.ts";
import { createTelemetry } from "../../src/telemetry/telemetry.ts";
import { type Event, eventSchema } from "../../src/wire/event.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { openTestClient } from "./kube_client.ts";
import type { SandboxApi } from "../../sandbox/api/sandbox_api.ts";

export const CLUSTER = "prod";
export const MINUTE_MS = 60_000;

/** A clock whose waits take a hundredth of their time and whose wall clock a test may move on. */
export interface MovableClock extends Clock {
  advance(byMs: number): void;
}

export function createMovableClock(): MovableClock {
  let aheadMs = 0;
  return {
    now: () => systemClock.now() + aheadMs,
    monotonic: systemClock.monotonic,
    sleep: (delayMs, signal) => systemClock.sleep(delayMs / 100, signal),
    advance: (byMs) => void (aheadMs += byMs),
  };
}

/** The event pipeline at work on a sandbox API server, its outbox in the hands of the test. */
export interface EventRig extends AsyncDisposable {
  readonly pipeline: EventPipeline;
  /** Everything reported so far, in order, without markers; what is looked at here is not yet acknowledged. */
  reported(): readonly Event[];
  /** Acknowledges the reports about these pods (all, without names), as the bus would. */
  acknowledge(...pods: string[]): void;
  /** Drops the reports about these pods, as a full outbox does. */
  lose(...pods: string[]): void;
  /** Leaves the reports about these pods to another replica. */
  handOver(...pods: string[]): void;
  /** Waits until the watch is open. */
  watching(): Promise<void>;
  /** Waits until everything up to now is read: puts a fault as a marker, which comes out after all before it. */
  caughtUp(): Promise<void>;
  /** Waits for a report that `matches`. */
  report(what: string, matches: (event: Event) => boolean): Promise<Event>;
  /** Events ignored for `reason`. */
  ignored(reason: string): Promise<number>;
}

const MARKER = "marker-";

export interface FaultInput {
  readonly pod: string;
  readonly namespace?: string;
  readonly count?: number;
  /** When it last happened; now, if absent. */
  readonly atMs?: number;
  /** Merged into the Event. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Puts an Event of a container that crashes, or brings the one of the same pod up to date. */
export function putFault(api: SandboxApi, { pod, namespace = "shop", count = 1, atMs, fields }: FaultInput): void {
  api.putEvent({
    metadata: { name: `${pod}.crash`, namespace },
    involvedObject: { kind: "Pod", namespace, name: pod, uid: `uid-of-${pod}`, apiVersion: "v1" },
    type: "Warning",
    reason: "BackOff",
    message: `Back-off restarting failed container app in pod ${pod}`,
    count,
    firstTimestamp: "2026-01-01T00:00:00Z",
    lastTimestamp: new Date(atMs ?? Date.now()).toISOString(),
    source: { component: "kubelet" },
    ...fields,
  });
}

/** Starts the pipeline on `api`. */
export async function startEventRig(
  api: SandboxApi,
  clock: Clock,
  options: Partial<EventPipelineOptions> = {},
): Promise<EventRig> {
  const client = await openTestClient(api);
  const rules = compileCatalogue();
  const telemetry = createTelemetry();
  const outbox = createMemoryOutbox({
    clock,
    limit: 1_000,
    maxBytes: 2 ** 30,
    draining: () => true,
    onSettled: () => {},
  });
  const pipeline = createEventPipeline({
    client,
    clock,
    telemetry,
    tracing: null,
    outbox,
    clusterId: CLUSTER,
    subject: `agent.event.${CLUSTER}`,
    classify: (event) => classify(rules, event, { unknownWarnings: "report" }),
    includedNamespaces: [],
    excludedNamespaces: [],
    repeatWindowMs: MINUTE_MS,
    backlog: { kind: "skip" },
    eventLifetimeMs: 60 * MINUTE_MS,
    checkpoint: null,
    ...options,
  });
  const stop = new AbortController();
  const run = pipeline.watcher.run(stop.signal);
  const events: Event[] = [];
  const markers = new Set<string>();
  let open: OutboxEntry[] = [];

  function reported(): readonly Event[] {
    for (const entry of outbox.take("event", 1_000)) {
      const event = eventSchema.parse(JSON.parse(new TextDecoder().decode(entry.message.body)));
      if (event.labels.name?.startsWith(MARKER)) {
        markers.add(event.labels.name);
        outbox.settle("event", [entry], { kind: "delivered" });
      } else {
        open.push(entry);
        events.push(event);
      }
    }
    return events;
  }

  function settle(pods: readonly string[], settlement: Settlement): void {
    reported();
    const ids = new Set(events.filter(({ labels }) => pods.includes(labels.name ?? "")).map(({ id }) => id));
    const settled = open.filter(({ message }) => pods.length === 0 || ids.has(message.id));
    open = open.filter((entry) => !settled.includes(entry));
    outbox.settle("event", settled, settlement);
  }

  return {
    pipeline,
    reported,
    acknowledge: (...pods) => settle(pods, { kind: "delivered" }),
    handOver: (...pods) => settle(pods, { kind: "handed_over" }),
    lose: (...pods) => settle(pods, { kind: "dropped", reason: "overflow" }),
    watching: async () => {
      await eventually("the watch is open", () => pipeline.watcher.status().every(({ state }) => state === "watching"));
    },
    caughtUp: async () => {
      const pod = `${MARKER}${crypto.randomUUID()}`;
      putFault(api, { pod });
      await eventually(`${pod} is read`, () => {
        reported();
        return markers.has(pod);
      });
    },
    report: (what, matches) => eventually(what, () => reported().find(matches)),
    ignored: async (reason) => {
      const { body } = await telemetry.expose();
      const line = body.split("\n").find((each) =>
        each.startsWith("agent_events_ignored_total{") && each.includes(`reason="${reason}"`)
      );
      return Number(line?.split(" ").at(-1) ?? 0);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await run;
      client.close();
    },
  };
}
