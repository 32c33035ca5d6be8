import { DeliverPolicy, jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import * as z from "zod/mini";
import type { ClusterEntry, Heard } from "../fleet/cluster_view.ts";
import { FLEET_BUCKET } from "../fleet/fleet_stream.ts";
import { AgentError } from "../lifecycle/errors.ts";
import { agentInfoSchema } from "../wire/agent_info.ts";
import { heartbeatSchema, type HeartbeatSource, heartbeatSourceSchema } from "../wire/heartbeat.ts";
import { isSubjectToken } from "../wire/subject_token.ts";
import { describeStreamError } from "./stream_remedy.ts";

/** One look at the fleet. */
interface FleetSnapshot {
  readonly entries: readonly ClusterEntry[];
  /** When the server answered, by its own clock. */
  readonly serverNowMs: number;
  /** Messages that are no registration or heartbeat of the cluster whose subject they came on. */
  readonly unreadable: number;
}

const STREAM = `KV_${FLEET_BUCKET}`;
const BATCH = 5_000;
const ANSWER_MS = 5_000;
const LOOK_MS = 1_000;
/** No agent says more about itself. */
const SIZE_LIMIT = 64 * 1024;
const NANOSECONDS = 1e6;

const streamInfoSchema = z.object({
  ts: z.optional(z.string()),
  error: z.optional(z.object({ code: z.number(), description: z._default(z.string(), "") })),
  state: z.optional(z.object({ messages: z.number() })),
});

/**
 * Reads the last registration and heartbeats of every agent from the bucket that `agent fleet setup` makes. Ages are the
 * server's: it stamps each message and its answer. A message is believed by its subject; one whose body names another
 * cluster is counted as unreadable. Rejects as `unreachable` where there is no bucket, with what to do.
 */
export async function readFleet(nats: NatsConnection): Promise<FleetSnapshot> {
  const info = await readStreamInfo(nats);
  const collector = createFleetCollector();
  if (info.messages > 0) {
    // Four of each are kept, and of registrations nobody asks for more than the last.
    await readMessages(nats, "register", DeliverPolicy.LastPerSubject, collector.take);
    await readMessages(nats, "heartbeat", DeliverPolicy.All, collector.take);
  }
  return { ...collector.collected(), serverNowMs: info.serverNowMs };
}

type TakeMessage = (subject: string, data: Uint8Array, atMs: number) => void;

async function readMessages(
  nats: NatsConnection,
  kind: "register" | "heartbeat",
  deliver_policy: typeof DeliverPolicy.All | typeof DeliverPolicy.LastPerSubject,
  take: TakeMessage,
): Promise<void> {
  const filter_subjects = `$KV.${FLEET_BUCKET}.*.${kind}`;
  const consumer = await jetstream(nats).consumers.get(STREAM, { filter_subjects, deliver_policy });
  if ((await consumer.info(true)).num_pending === 0) return;
  const messages = await consumer.consume({ max_messages: BATCH });
  for await (const message of messages) {
    const { timestampNanos, pending } = message.info;
    take(message.subject, message.data, Math.floor(timestampNanos / NANOSECONDS));
    if (pending === 0) break;
  }
  await messages.close().catch(() => {});
}

/**
 * Whether the bucket knows exactly this cluster, for one message in place of all of them. `false` also where it can't tell:
 * without a bucket, or without the right to ask.
 */
export async function isInFleet(nats: NatsConnection, id: string): Promise<boolean> {
  if (!isSubjectToken(id)) return false;
  const subject = `$JS.API.DIRECT.GET.${STREAM}.$KV.${FLEET_BUCKET}.${id}.heartbeat`;
  try {
    const answer = await nats.request(subject, undefined, { timeout: LOOK_MS });
    return answer.headers?.code === 0; // 404 where there is no such message
  } catch {
    return false;
  }
}

async function readStreamInfo(nats: NatsConnection): Promise<{ serverNowMs: number; messages: number }> {
  try {
    const answer = await nats.request(`$JS.API.STREAM.INFO.${STREAM}`, undefined, { timeout: ANSWER_MS });
    const { error, state, ts } = streamInfoSchema.parse(answer.json());
    if (error !== undefined) throw new Error(error.description);
    return { serverNowMs: ts === undefined ? Date.now() : Date.parse(ts), messages: state?.messages ?? 0 };
  } catch (error) {
    throw new AgentError(
      "unreachable",
      `Cannot read the fleet: ${
        describeStreamError(error, `\`agent fleet setup --apply\` makes the bucket ${FLEET_BUCKET}`)
      }`,
      { cause: error },
    );
  }
}

/** A message as the bucket keeps it. */
interface Kept {
  readonly text: string;
  readonly atMs: number;
}

interface KeptCluster {
  register: Kept | null;
  beat: Kept | null;
  readonly earlier: HeartbeatSource[];
}

/**
 * Puts what agents said into one entry a cluster. Of ten thousand clusters that is fifty thousand messages, so only the
 * newest of each kind is read whole, once all are there; of heartbeats before it, who sent them.
 */
function createFleetCollector() {
  const clusters = new Map<string, KeptCluster>();
  let unreadable = 0;

  /** `subject` is `$KV.<bucket>.<id>.<kind>`; `atMs` is when the server took the message. */
  function take(subject: string, data: Uint8Array, atMs: number): void {
    const [, , id = "", kind = ""] = subject.split(".");
    const known = clusters.get(id);
    const cluster = known ?? { register: null, beat: null, earlier: [] };
    if (data.length > SIZE_LIMIT || !isSubjectToken(id)) return void unreadable++;
    const text = decoder.decode(data);
    const source = heartbeatSourceSchema.safeParse(parseJson(text));
    if (!source.success || source.data.cluster_id !== id) return void unreadable++;
    if (kind === "register") cluster.register = { text, atMs };
    else {
      cluster.beat = { text, atMs };
      cluster.earlier.unshift(source.data);
    }
    if (known === undefined) clusters.set(id, cluster);
  }

  function read<T>(kept: Kept | null, schema: z.ZodMiniType<T>): Heard<T> | null {
    if (kept === null) return null;
    const read = schema.safeParse(parseJson(kept.text));
    if (read.success) return { value: read.data, atMs: kept.atMs };
    unreadable++;
    return null;
  }

  return {
    take,
    collected(): Pick<FleetSnapshot, "entries" | "unreadable"> {
      const entries = [...clusters].map(([id, { register, beat, earlier }]): ClusterEntry => ({
        id,
        register: read(register, agentInfoSchema),
        beat: read(beat, heartbeatSchema),
        earlier: earlier.slice(1), // the newest is the beat itself
      }));
      return { entries, unreadable };
    },
  };
}

const decoder = new TextDecoder();

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
