import { jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import * as z from "zod/mini";
import type { ClusterEntry, Heard } from "../fleet/cluster_view.ts";
import { FLEET_BUCKET } from "../fleet/fleet_stream.ts";
import { AgentError, errorMessage } from "../lifecycle/errors.ts";
import { type AgentInfo, agentInfoSchema } from "../wire/agent_info.ts";
import { type Heartbeat, heartbeatSchema } from "../wire/heartbeat.ts";
import { isSubjectToken } from "../wire/subject_token.ts";

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
/** No agent says more about itself. */
const SIZE_LIMIT = 64 * 1024;

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
    const consumer = await jetstream(nats).consumers.get(STREAM);
    const messages = await consumer.consume({ max_messages: BATCH });
    for await (const message of messages) {
      collector.take(message.subject, message.data, message.timestampNanos);
      if (message.info.pending === 0) break;
    }
    await messages.close().catch(() => {});
  }
  return { ...collector.collected(), serverNowMs: info.serverNowMs };
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
      `Cannot read the fleet: ${errorMessage(error)}; \`agent fleet setup --apply\` makes the bucket ${FLEET_BUCKET}`,
      { cause: error },
    );
  }
}

/** Puts what agents said into one entry a cluster. */
function createFleetCollector() {
  const entries = new Map<string, { register: Heard<AgentInfo> | null; beats: Heard<Heartbeat>[] }>();
  let unreadable = 0;
  return {
    /** `subject` is `$KV.<bucket>.<id>.<kind>`; `timestampNanos` is when the server took the message. */
    take(subject: string, data: Uint8Array, timestampNanos: bigint | number): void {
      const [, , id = "", kind = ""] = subject.split(".");
      const atMs = Number(BigInt(timestampNanos) / 1_000_000n);
      const value = data.length > SIZE_LIMIT || !isSubjectToken(id) ? null : parseJson(data);
      const entry = entries.get(id) ?? { register: null, beats: [] };
      if (kind === "register") {
        const info = agentInfoSchema.safeParse(value);
        if (!info.success || info.data.cluster_id !== id) return void unreadable++;
        entry.register = { value: info.data, atMs };
      } else {
        const beat = heartbeatSchema.safeParse(value);
        if (!beat.success || beat.data.cluster_id !== id) return void unreadable++;
        entry.beats.unshift({ value: beat.data, atMs });
      }
      entries.set(id, entry);
    },
    collected: (): Pick<FleetSnapshot, "entries" | "unreadable"> => ({
      entries: [...entries].map(([id, entry]) => ({ id, ...entry })),
      unreadable,
    }),
  };
}

function parseJson(data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(data));
  } catch {
    return null;
  }
}
