import { hash } from "node:crypto";
import type { Clock } from "../lifecycle/clock.ts";
import { errorMessage } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Service } from "../lifecycle/service.ts";
import { createWakeup } from "../lifecycle/wakeup.ts";
import type { OutboxWriter } from "../outbox/outbox.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import type { Command } from "../wire/command.ts";
import { encodeWireDuration } from "../wire/duration.ts";
import type { AuditLog } from "./audit/audit_log.ts";
import { auditDecision } from "./audit/audit_decision.ts";
import { type CommandOutcome, failedOutcome, processOutcome, refusedOutcome } from "./command_outcome.ts";
import type { CommandDelivery, CommandSource } from "./command_source.ts";
import { type CommandTrace, openCommandTrace } from "./command_trace.ts";
import type { CommandRequest } from "./decide_command.ts";
import { type CommandRefusal, type Decision, denyCommand } from "./decision.ts";
import { decodeCommand, type DecodedCommand } from "./decode_command.ts";
import { fitResult } from "./fit_result.ts";
import type { NonceStore } from "./nonce_store.ts";
import { type Claim, createResultMemory } from "./result_memory.ts";
import type { RunProcess } from "./run_process.ts";
import { createSlots } from "./slots.ts";
import { type CommandSigner, loadTrustedKeys, type TrustedKey, verifySignature } from "./verify_signature.ts";

export interface CommandServiceOptions {
  readonly source: CommandSource;
  readonly decide: (request: CommandRequest) => Promise<Decision>;
  readonly runProcess: RunProcess;
  readonly outbox: OutboxWriter;
  readonly audit: AuditLog;
  readonly nonces: NonceStore;
  /** Checked when the service is created: an `AgentError` names one that is no key. */
  readonly trustedKeys: readonly TrustedKey[];
  readonly requireSignature: boolean;
  readonly clusterId: string;
  /** Where commands come from. */
  readonly commandSubject: string;
  /** Where results go, besides a message's own reply subject. */
  readonly resultSubject: string;
  /** The largest message that the bus takes, headers included; asked for each result. */
  readonly maxPayloadBytes: () => number;
  /** Commands that run at a time, and that wait for it. */
  readonly concurrency: number;
  readonly queue: number;
  /** The names that may be a metric's label; every other tool is `other`. */
  readonly toolNames: ReadonlySet<string>;
  readonly metrics: Metrics;
  readonly tracing: Tracing | null;
  readonly clock: Clock;
}

export interface CommandService extends Service {
  /** Commands that wait for a place. */
  queued(): number;
  running(): number;
}

/** Room for the headers of a result: the id, and what a compressing bus adds. */
const HEADER_BYTES = 1024;
/**
 * Deliveries that are taken and not yet answered, and the bytes that they hold. Above it no more are taken, and those that
 * wait meet the bounds of the source: copies of a command that runs wait for its answer, and a flood of them must not
 * take the memory that events need.
 */
const OPEN_LIMIT = 1_000;
const OPEN_BYTES_LIMIT = 8 * 2 ** 20;
/** How long answers may wait for the outbox once the service stops. */
const STOP_ANSWER_MS = 2_000;

/** One message on its way through the service. */
interface Arrival {
  readonly delivery: CommandDelivery;
  readonly decoded: DecodedCommand;
  readonly id: string | null;
  readonly receivedAtMs: number;
  readonly receivedMonotonicMs: number;
  readonly signer: CommandSigner | null;
  readonly trace: CommandTrace | null;
}

/** How an arrival ends; `remember` settles the memory of its id, `fresh` tells a result from a repeated one. */
interface Ending {
  readonly outcome: CommandOutcome;
  readonly decision: Decision;
  readonly label: string;
  /** Part of the result's message id, so that a refusal never takes the place of a result in a stream. */
  readonly key: string;
}

/**
 * Takes commands and answers each exactly once: signature, nonce, repeated id, room, policy, place, run, redaction, fit,
 * answer, audit — in this order. A second delivery of an id gets the first one's answer, also while that one still runs.
 * When `signal` fires, running commands are killed, and they and the waiting ones are answered `shutting_down`.
 */
export function createCommandService(options: CommandServiceOptions): CommandService {
  const { clock, metrics, clusterId } = options;
  const log = createLogger("commands");
  const trustedKeys = loadTrustedKeys(options.trustedKeys);
  const memory = createResultMemory({ now: () => clock.now() });
  const slots = createSlots(options.concurrency);
  const open = new Set<Promise<void>>();
  let answering = new AbortController();
  let admitted = 0;

  const countPlaces = (): void => {
    metrics.commandsRunning.set(slots.taken);
    metrics.commandQueueSize.set(admitted - slots.taken);
  };

  async function run(signal: AbortSignal): Promise<void> {
    answering = new AbortController();
    const room = createWakeup();
    signal.addEventListener("abort", room.fire, { once: true });
    let openBytes = 0;
    for await (const delivery of options.source(signal)) {
      const bytes = delivery.body.length;
      const task = take(delivery, signal)
        .catch((error) => log.error("Cannot answer a command", { error: errorMessage(error) }))
        .finally(() => {
          open.delete(task);
          openBytes -= bytes;
          room.fire();
        });
      open.add(task);
      openBytes += bytes;
      while ((open.size >= OPEN_LIMIT || openBytes >= OPEN_BYTES_LIMIT) && !signal.aborted) await room.next();
    }
    signal.removeEventListener("abort", room.fire);
    const done = new AbortController();
    const giveUp = clock.sleep(STOP_ANSWER_MS, done.signal).then(() => answering.abort(), () => {});
    await Promise.all(open);
    done.abort();
    await giveUp;
  }

  async function take(delivery: CommandDelivery, signal: AbortSignal): Promise<void> {
    const receivedAtMs = clock.now();
    const verdict = verifySignature({
      body: delivery.body,
      header: delivery.header,
      clusterId,
      trustedKeys,
      required: options.requireSignature,
      nowMs: receivedAtMs,
    });
    const decoded = decodeCommand(delivery.body);
    const id = decoded.kind === "decoded" ? decoded.command.id : decoded.id;
    const arrival: Arrival = {
      delivery,
      decoded,
      id,
      receivedAtMs,
      receivedMonotonicMs: clock.monotonic(),
      signer: verdict.kind === "signed" ? verdict.signer : null,
      trace: options.tracing === null ? null : openCommandTrace(options.tracing, delivery, {
        subject: options.commandSubject,
        clusterId,
        id,
        startMs: receivedAtMs,
      }),
    };
    if (verdict.kind === "refused") return await refuse(arrival, explainForeign(verdict.refusal, decoded));
    if (verdict.kind === "signed") {
      const refusal = await rememberNonce(verdict.signer);
      if (refusal !== null) return await refuse(arrival, refusal);
    }
    // Without an id nothing can be remembered or repeated, and nothing runs: the policy says what is wrong.
    if (decoded.kind === "undecodable") return await end(arrival, await decideOn(arrival, signal), null);
    await takeOnce(arrival, decoded.command, signal);
  }

  /** A command that was signed for another cluster fits no signature here; where it says so itself, that is the answer. */
  function explainForeign(refusal: CommandRefusal, decoded: DecodedCommand): CommandRefusal {
    const addressee = decoded.kind === "decoded" ? decoded.command.cluster_id ?? "" : "";
    if (refusal.code !== "bad_signature" || addressee === "" || addressee === clusterId) return refusal;
    return { code: "wrong_cluster", reason: `the command is for another cluster, this is ${clusterId}` };
  }

  async function rememberNonce(signer: CommandSigner): Promise<CommandRefusal | null> {
    const outcome = await options.nonces.remember(signer.nonce, signer.expiresAtMs);
    switch (outcome.kind) {
      case "remembered":
        return null;
      case "replayed":
        return { code: "replayed_nonce", reason: "a command with this nonce was received before; sign again" };
      case "unavailable":
        log.error("Cannot remember a nonce", { detail: outcome.detail });
        return {
          code: "nonce_not_kept",
          reason: "the agent can't make sure that this signed command runs only once; see its log",
        };
    }
  }

  async function takeOnce(arrival: Arrival, command: Command, signal: AbortSignal): Promise<void> {
    const claim = memory.claim(command.id, contentDigest(command));
    switch (claim.kind) {
      case "other":
        return await refuse(arrival, {
          code: "duplicate",
          reason: "another command with this id was received before; give each an id of its own",
        });
      case "again":
        return await repeat(arrival, await claim.answer);
      case "first":
        return await takeFirst(arrival, claim, signal);
    }
  }

  async function takeFirst(arrival: Arrival, claim: Extract<Claim, { kind: "first" }>, signal: AbortSignal) {
    if (admitted >= options.concurrency + options.queue) {
      claim.release();
      return await refuse(arrival, {
        code: "busy",
        reason: `${options.concurrency} commands run and ${options.queue} wait; send it again later`,
      });
    }
    admitted++;
    countPlaces();
    let ending: Ending;
    try {
      ending = await decideOn(arrival, signal);
    } finally {
      admitted--;
      countPlaces();
    }
    await end(arrival, ending, claim);
  }

  /** Asks the policy, waits for a place and runs. Never rejects. */
  async function decideOn(arrival: Arrival, signal: AbortSignal): Promise<Ending> {
    try {
      const decision = await untilAbort(
        options.decide({ decoded: arrival.decoded, receivedAtMs: arrival.receivedAtMs, finding: null }),
        signal,
      );
      if (decision.kind === "denied") return refusedEnding(decision, arrival);
      await slots.take(signal);
      countPlaces();
      try {
        const run = () => options.runProcess(decision.command, signal);
        const ended = arrival.trace === null ? await run() : await arrival.trace.run(toolLabel(arrival), run);
        const outcome = processOutcome(decision.command, ended);
        const label = outcome.refusal === null ? outcome.status : "refused";
        return { outcome, decision: outcome.refusal ?? decision, label, key: "result" };
      } finally {
        slots.release();
        countPlaces();
      }
    } catch (error) {
      if (signal.aborted) {
        return refusedEnding(
          denyCommand({ code: "shutting_down", reason: "the agent is stopping; send it again" }),
          arrival,
        );
      }
      log.error("Cannot decide on a command", { error: errorMessage(error) });
      const denied = denyCommand({ code: "internal_error", reason: "the agent failed; its log says why" });
      return {
        outcome: { ...failedOutcome(denied.reason), refusal: denied },
        decision: denied,
        label: "failed",
        key: "failed",
      };
    }
  }

  function refusedEnding(decision: Extract<Decision, { kind: "denied" }>, { delivery }: Arrival): Ending {
    const key = `${decision.code}\n${hash("sha256", delivery.body, "hex")}`;
    return { outcome: refusedOutcome(decision), decision, label: decision.code === "busy" ? "busy" : "refused", key };
  }

  /** Refuses before the policy is asked. Nothing about the id is remembered: whoever is refused here may not block it. */
  async function refuse(arrival: Arrival, refusal: CommandRefusal): Promise<void> {
    await end(arrival, refusedEnding(denyCommand(refusal), arrival), null);
  }

  async function end(arrival: Arrival, ending: Ending, claim: Extract<Claim, { kind: "first" }> | null): Promise<void> {
    const { outcome, decision } = ending;
    const durationMs = clock.monotonic() - arrival.receivedMonotonicMs;
    const fitted = fitResult({
      command_id: arrival.id ?? "",
      cluster_id: clusterId,
      status: outcome.status,
      output: outcome.output,
      error: outcome.error,
      exit_code: outcome.exitCode,
      duration: encodeWireDuration(durationMs),
      execution_time: encodeWireDuration(outcome.executionMs),
      truncated: outcome.truncated,
      timestamp: new Date(clock.now()).toISOString(),
      ...(outcome.refusal === null ? {} : { refusal: pickRefusal(outcome.refusal) }),
    }, options.maxPayloadBytes() - HEADER_BYTES);
    claim?.settle(fitted.body);
    count(arrival, ending);
    const fields = auditDecision({
      clusterId,
      id: arrival.id,
      command: arrival.decoded.kind === "decoded" ? arrival.decoded.command : null,
      signer: arrival.signer,
      decision,
      outcome,
      truncated: fitted.result.truncated,
      durationMs,
    });
    // The outbox may be full for as long as the bus is away; the audit log does not wait for that.
    await Promise.all([answer(arrival, fitted.body, ending.key), options.audit.record(fields)]);
    arrival.trace?.end(toolLabel(arrival), ending.label, ending);
  }

  /** Says again what was answered before, only to whoever asks now where that is possible. */
  async function repeat(arrival: Arrival, body: Uint8Array | null): Promise<void> {
    if (body === null) {
      return await refuse(arrival, {
        code: "duplicate",
        reason: "a command with this id was received before, and its result is no longer kept; use a new id",
      });
    }
    metrics.commands.inc({ tool: toolLabel(arrival), verdict: "repeated" });
    if (arrival.delivery.reply === null) await answer(arrival, body, "result");
    else arrival.delivery.reply(body, arrival.trace?.headers);
    await options.audit.record({
      event: "repeated",
      cluster_id: clusterId,
      command_id: arrival.id ?? "",
      signed_by: arrival.signer?.name ?? null,
    });
    arrival.trace?.end(toolLabel(arrival), "repeated", null);
  }

  async function answer(arrival: Arrival, body: Uint8Array, key: string): Promise<void> {
    const headers = arrival.trace?.headers;
    arrival.delivery.reply?.(body, headers);
    if (arrival.id === null) return;
    const id = hash("sha256", `${clusterId}\n${arrival.id}\n${key}`, "hex").slice(0, 32);
    const message = { kind: "result", id, subject: options.resultSubject, body } as const;
    await options.outbox.put(headers === undefined ? message : { ...message, headers }, answering.signal);
  }

  function count(arrival: Arrival, { outcome, decision, label }: Ending): void {
    const tool = toolLabel(arrival);
    metrics.commands.inc({ tool, verdict: label });
    if (decision.kind === "denied") metrics.commandRefusals.inc({ layer: decision.layer, code: decision.code });
    if (outcome.executionMs > 0) metrics.commandSeconds.observe({ tool }, outcome.executionMs / 1000);
    for (const [rule, times] of Object.entries(outcome.redactions)) metrics.commandRedactions.inc({ rule }, times);
    if (outcome.controlSequences > 0) metrics.commandRedactions.inc({ rule: "control" }, outcome.controlSequences);
  }

  function toolLabel({ decoded }: Arrival): string {
    return decoded.kind === "decoded" && options.toolNames.has(decoded.command.tool) ? decoded.command.tool : "other";
  }

  return {
    name: "commands",
    run,
    queued: () => admitted - slots.taken,
    running: () => slots.taken,
  };
}

function pickRefusal({ layer, code, reason }: Extract<Decision, { kind: "denied" }>) {
  return { layer, code, reason };
}

/** What makes two deliveries the same command; times and signatures may differ. */
function contentDigest({ tool, action, args, env, timeout }: Command): string {
  return hash("sha256", JSON.stringify([tool, action, args, env ?? null, timeout ?? null]), "hex");
}

/** The value of `work`, or a rejection as soon as `signal` fires. */
function untilAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
