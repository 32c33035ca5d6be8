import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { decodeEvents } from "../../src/bus/subscribe_events.ts";
import type { Event } from "../../src/wire/event.ts";
import { systemClock } from "../../src/lifecycle/clock.ts";
import type { ControlPlane } from "../support/control_plane.ts";
import { requestJson } from "../support/https_json.ts";
import { openPool, STREAM } from "./replica_rig.ts";

/** Every so many faults one happens again, to a count of four. */
const REPEAT_EVERY = 33;
const LAST_COUNT = 4;
/** So long after each other; all within one repeat window of 15 s. */
const REPEAT_AFTER_MS = 2_000;
const NAMESPACE = "default";

/** Faults on a real API server, and what is to be reported of them: each once, and the last count of those that repeat. */
export interface FaultFlow {
  /** Makes `count` faults at `perSecond`, their repeats included; resolves when all are made. */
  run(count: number, perSecond: number): Promise<void>;
  /** Occurrences that must be in the stream, as `<pod> <count>`. */
  expected(): ReadonlySet<string>;
}

/** What the stream holds, against what it must. */
export interface StreamVerdict {
  readonly events: number;
  readonly lost: number;
  /** Messages under an id that another one has. */
  readonly copies: number;
  /** Reports of a count on the way, or of an occurrence under a second id. */
  readonly extra: number;
  readonly gaps: number;
  /** Terms that wrote into it. */
  readonly epochs: number;
}

/** Writes Events of faults as a controller does: each is made once, and its count goes up. */
interface EventWriter extends Disposable {
  make(pod: string): Promise<void>;
  setCount(pod: string, count: number): Promise<void>;
}

/** Writes over a pool of connections, and tries again while the API server is away. */
export function openEventWriter(plane: ControlPlane): EventWriter {
  const collection = `${plane.url}/api/v1/namespaces/${NAMESPACE}/events`;
  const pool = openPool();
  const send = async (method: string, url: string, body: unknown, contentType = "application/json") => {
    for (let tries = 0;; tries++) {
      const answer = await requestJson(url, {
        method,
        body,
        ca: plane.ca,
        token: plane.adminToken,
        agent: pool,
        headers: { "content-type": contentType },
      }).catch((error) => ({ status: 0, text: String(error) }));
      if (answer.status === 200 || answer.status === 201 || answer.status === 409) return;
      if (tries > 350) throw new Error(`The API server answered ${answer.status}: ${answer.text.slice(0, 300)}`);
      await sleep(200); // it may be away on purpose
    }
  };
  return {
    make: (pod) => send("POST", collection, faultOf(pod)),
    async setCount(pod, count) {
      const patch = { count, lastTimestamp: new Date().toISOString().replace(/\.\d+/, "") };
      await send("PATCH", `${collection}/${pod}.fault`, patch, "application/merge-patch+json");
    },
    [Symbol.dispose]: () => pool[Symbol.dispose](),
  };
}

export function createFaultFlow(plane: ControlPlane, prefix: string): FaultFlow {
  const expected = new Set<string>();
  return {
    expected: () => expected,
    async run(count, perSecond) {
      using events = openEventWriter(plane);
      const repeat = async (pod: string) => {
        for (let to = 2; to <= LAST_COUNT; to++) {
          await sleep(REPEAT_AFTER_MS);
          await events.setCount(pod, to);
        }
      };
      const startedAt = performance.now();
      const work: Promise<void>[] = [];
      for (let made = 0; made < count; made++) {
        const aheadMs = made / perSecond * 1000 - (performance.now() - startedAt);
        if (aheadMs > 5) await sleep(aheadMs);
        const pod = `${prefix}-${made}`;
        const repeats = made % REPEAT_EVERY === 0;
        expected.add(`${pod} 1`);
        if (repeats) expected.add(`${pod} ${LAST_COUNT}`);
        const first = events.make(pod);
        work.push(repeats ? first.then(() => repeat(pod)) : first);
      }
      await Promise.all(work);
    },
  };
}

function faultOf(pod: string): unknown {
  const now = new Date().toISOString().replace(/\.\d+/, "");
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${pod}.fault`, namespace: NAMESPACE },
    involvedObject: { apiVersion: "v1", kind: "Pod", namespace: NAMESPACE, name: pod, uid: `uid-of-${pod}` },
    type: "Warning",
    reason: "BackOff",
    message: `Back-off restarting failed container app in pod ${pod}`,
    count: 1,
    firstTimestamp: now,
    lastTimestamp: now,
    source: { component: "kubelet", host: "node-1" },
  };
}

/** One message of a stream. */
interface StreamMessage {
  readonly epoch: string;
  readonly events: readonly Event[];
}

/** Reads a whole stream. */
export async function readStream(central: NatsConnection, stream: string): Promise<readonly StreamMessage[]> {
  const manager = await jetstreamManager(central);
  const { state } = await manager.streams.info(stream);
  const all: StreamMessage[] = [];
  for (let from = state.first_seq; from <= state.last_seq; from += 64) {
    const sequences = Array.from({ length: Math.min(64, state.last_seq - from + 1) }, (_, at) => from + at);
    const messages = await Promise.all(sequences.map((seq) => manager.streams.getMessage(stream, { seq })));
    for (const message of messages) {
      if (message === null) continue;
      const events = decodeEvents({ data: message.data, headers: message.header }) ?? [];
      all.push({ epoch: message.header.get("Agent-Epoch"), events });
    }
  }
  return all;
}

/** Reads the stream of the replicas, and says what is missing or too much. */
export async function judgeStream(
  central: NatsConnection,
  prefix: string,
  expected: ReadonlySet<string>,
): Promise<StreamVerdict> {
  const ids = new Set<string>();
  const seen = new Set<string>();
  const epochs = new Set<string>();
  let [events, copies, extra, gaps] = [0, 0, 0, 0];
  for (const { epoch, events: decoded } of await readStream(central, STREAM)) {
    epochs.add(epoch);
    for (const event of decoded) {
      if (event.type === "agent_gap") gaps++;
      const name = event.labels.name ?? "";
      if (!name.startsWith(`${prefix}-`)) continue;
      events++;
      const occurrence = `${name} ${event.raw_data.count}`;
      if (ids.has(event.id)) copies++;
      else if (seen.has(occurrence) || !expected.has(occurrence)) extra++;
      ids.add(event.id);
      seen.add(occurrence);
    }
  }
  const lost = [...expected].filter((occurrence) => !seen.has(occurrence)).length;
  return { events, lost, copies, extra, gaps, epochs: epochs.size };
}

const never = new AbortController().signal;
const sleep = (ms: number) => systemClock.sleep(ms, never);
