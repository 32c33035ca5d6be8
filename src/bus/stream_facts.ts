import { errors, headers as createHeaders, type Msg, type NatsConnection } from "@nats-io/transport-node";
import * as z from "zod/mini";
import { errorMessage } from "../lifecycle/errors.ts";
import { inboxOf } from "./inbox.ts";
import "../lifecycle/schema_texts.ts";

/** What a stream's settings say, as far as delivery depends on them. Times in milliseconds; `null` is "no limit". */
export interface StreamFacts {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly duplicateWindowMs: number;
  readonly maxMessageBytes: number | null;
  readonly sealed: boolean;
  readonly acknowledges: boolean;
  /** New messages are refused because of this limit that is reached; `null` while there is room, or old ones go. */
  readonly fullBy: string | null;
  readonly hasLeader: boolean;
}

/** What could be learnt about the stream of one subject. */
export type SubjectStream =
  /** Its settings are known. */
  | { readonly kind: "known"; readonly stream: StreamFacts }
  /** A stream answers publishes, but this user can't look at its settings (it lives in another account, say). */
  | { readonly kind: "answers"; readonly name: string | null }
  | { readonly kind: "none" }
  /** Somebody may listen, but nothing answered. */
  | { readonly kind: "silent" }
  | { readonly kind: "refused" }
  /** This user may not ask JetStream, and the subject stands for several, so that none can be tried. */
  | { readonly kind: "unasked" }
  | { readonly kind: "off"; readonly detail: string };

/** How long JetStream, or a stream, has to answer one question. */
const ANSWER_MS = 3_000;
/** No message has this id: a stream refuses what is only to follow it, and stores nothing. */
const IMPOSSIBLE_LAST_ID = "agent-validate-config-stores-nothing";

const errorSchema = z.object({
  code: z.number(),
  err_code: z.optional(z.number()),
  description: z._default(z.string(), ""),
});
const namesSchema = z.object({
  streams: z._default(z.nullable(z.array(z.string())), []),
  error: z.optional(errorSchema),
});
const infoSchema = z.object({
  error: z.optional(errorSchema),
  config: z.optional(z.object({
    name: z.string(),
    subjects: z._default(z.array(z.string()), []),
    duplicate_window: z._default(z.number(), 0),
    max_msgs: z._default(z.number(), -1),
    max_bytes: z._default(z.number(), -1),
    max_msg_size: z._default(z.number(), -1),
    discard: z._default(z.string(), "old"),
    sealed: z._default(z.boolean(), false),
    no_ack: z._default(z.boolean(), false),
  })),
  state: z.optional(z.object({ messages: z.number(), bytes: z.number() })),
  cluster: z.optional(z.object({ leader: z._default(z.string(), "") })),
});
const answerSchema = z.object({ stream: z.optional(z.string()), error: z.optional(errorSchema) });

/** JetStream not enabled, on this server or for this account. */
const OFF_CODES = new Set([10039, 10076]);

/**
 * Finds the stream that takes `subject`, storing nothing: asks JetStream, and where this user may not ask it, sends the
 * subject a publish that any stream must refuse. `expected` names the stream to look at; "" takes whichever covers it.
 */
export async function findSubjectStream(
  nats: NatsConnection,
  subject: string,
  expected: string,
): Promise<SubjectStream> {
  try {
    const name = await findName(nats, subject);
    if (name.kind !== "named") return name.kind === "unreachable" ? await probeSubject(nats, subject) : name;
    const wanted = expected !== "" && name.names.includes(expected) ? expected : name.names[0] ?? "";
    const stream = await readStream(nats, wanted);
    return stream === null ? await probeSubject(nats, subject) : { kind: "known", stream };
  } catch (error) {
    if (error instanceof errors.PermissionViolationError) return await probeSubject(nats, subject);
    throw error;
  }
}

type FoundName =
  | { readonly kind: "named"; readonly names: readonly string[] }
  | { readonly kind: "none" }
  /** JetStream's own subjects lead nowhere in this account. */
  | { readonly kind: "unreachable" }
  | { readonly kind: "off"; readonly detail: string };

async function findName(nats: NatsConnection, subject: string): Promise<FoundName> {
  const answer = await ask(nats, "$JS.API.STREAM.NAMES", { subject });
  if (answer === null) return { kind: "unreachable" };
  const { streams, error } = namesSchema.parse(answer);
  if (error !== undefined) {
    return OFF_CODES.has(error.err_code ?? 0) ? { kind: "off", detail: error.description } : { kind: "unreachable" };
  }
  return streams === null || streams.length === 0 ? { kind: "none" } : { kind: "named", names: streams };
}

async function readStream(nats: NatsConnection, name: string): Promise<StreamFacts | null> {
  const answer = await ask(nats, `$JS.API.STREAM.INFO.${name}`, {});
  if (answer === null) return null;
  const { config, state, cluster, error } = infoSchema.parse(answer);
  if (error !== undefined || config === undefined) return null;
  return {
    name: config.name,
    subjects: config.subjects,
    duplicateWindowMs: config.duplicate_window / 1e6,
    maxMessageBytes: config.max_msg_size < 0 ? null : config.max_msg_size,
    sealed: config.sealed,
    acknowledges: !config.no_ack,
    fullBy: config.discard === "new" ? reachedLimit(config, state ?? { messages: 0, bytes: 0 }) : null,
    hasLeader: cluster === undefined || cluster.leader !== "",
  };
}

function reachedLimit(
  limits: { readonly max_msgs: number; readonly max_bytes: number },
  state: { readonly messages: number; readonly bytes: number },
): string | null {
  if (limits.max_msgs >= 0 && state.messages >= limits.max_msgs) return `max_msgs ${limits.max_msgs}`;
  if (limits.max_bytes >= 0 && state.bytes >= limits.max_bytes) return `max_bytes ${limits.max_bytes}`;
  return null;
}

/** One question to JetStream; `null` when nobody answers it. */
async function ask(nats: NatsConnection, subject: string, question: unknown): Promise<unknown> {
  try {
    const reply = await nats.request(subject, JSON.stringify(question), { timeout: ANSWER_MS });
    return JSON.parse(reply.string());
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof errors.PermissionViolationError) throw cause;
    if (isNobody(error) || error instanceof errors.TimeoutError) return null;
    throw error;
  }
}

/** Publishes what every stream refuses to store, and reads who refused it. */
async function probeSubject(nats: NatsConnection, subject: string): Promise<SubjectStream> {
  if (/[*>]/.test(subject)) return { kind: "unasked" };
  const inbox = inboxOf(nats);
  const heard = Promise.withResolvers<Msg | "refused">();
  const subscription = nats.subscribe(inbox, {
    max: 1,
    callback: (error, message) => error === null ? heard.resolve(message) : heard.resolve("refused"),
  });
  const headers = createHeaders();
  headers.set("Nats-Expected-Last-Msg-Id", IMPOSSIBLE_LAST_ID);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), ANSWER_MS);
  void watchRefusal(nats, subject, () => heard.resolve("refused"), stop.signal);
  try {
    nats.publish(subject, "", { headers, reply: inbox });
    const silent = new Promise<null>((resolve) => stop.signal.addEventListener("abort", () => resolve(null)));
    const answer = await Promise.race([heard.promise, silent]);
    if (answer === "refused") return { kind: "refused" };
    if (answer === null) return { kind: "silent" };
    if (answer.headers?.code === 503) return { kind: "none" };
    const parsed = answerSchema.safeParse(JSON.parse(answer.string()));
    if (!parsed.success) return { kind: "silent" };
    const { stream, error } = parsed.data;
    if (OFF_CODES.has(error?.err_code ?? 0)) return { kind: "off", detail: error?.description ?? "" };
    return { kind: "answers", name: stream ?? null };
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: "silent" };
    throw new Error(`Cannot ask the stream of ${subject}: ${errorMessage(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
    stop.abort();
    subscription.unsubscribe();
  }
}

/** A refused publish is told by the connection's status alone. */
async function watchRefusal(
  nats: NatsConnection,
  subject: string,
  onRefused: () => void,
  signal: AbortSignal,
): Promise<void> {
  for await (const status of nats.status()) {
    if (signal.aborted) return;
    if (status.type !== "error" || !(status.error instanceof errors.PermissionViolationError)) continue;
    if (status.error.subject === subject) onRefused();
  }
}

function isNobody(error: unknown): boolean {
  return error instanceof errors.NoRespondersError || (error instanceof errors.RequestError && error.isNoResponders());
}
