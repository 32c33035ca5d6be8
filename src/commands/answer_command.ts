import { hash } from "node:crypto";
import type { Clock } from "../lifecycle/clock.ts";
import type { OutboundMessage } from "../outbox/outbound_message.ts";
import type { OutboxWriter } from "../outbox/outbox.ts";
import { REDACTION_RULES } from "../redaction/redaction.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import { encodeWireDuration } from "../wire/duration.ts";
import { REPLIED_HEADER } from "../wire/replied_header.ts";
import type { Arrival } from "./arrival.ts";
import { auditEnd } from "./audit/audit_decision.ts";
import type { AuditFields } from "./audit/audit_line.ts";
import type { AuditLog } from "./audit/audit_log.ts";
import type { CommandReply } from "./command_source.ts";
import type { DeniedDecision } from "./decision.ts";
import { type Ending, isForgotten } from "./ending.ts";
import { fitResult } from "./fit_result.ts";
import { judgeReplySubject, type ReplyRules } from "./reply_subject.ts";
import type { FirstClaim } from "./result_memory.ts";
import type { CommandSigner } from "./verify_signature.ts";

export interface CommandAnswersOptions {
  readonly clusterId: string;
  /** Where results go, besides a message's own reply subject. */
  readonly resultSubject: string;
  /** The largest message that the bus takes, headers included; asked for each result. */
  readonly maxPayloadBytes: () => number;
  readonly replies: ReplyRules;
  readonly outbox: OutboxWriter;
  readonly audit: AuditLog;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

/** Who asked, besides what the message itself says, and what waits for the answer. */
interface AnswerContext {
  readonly signer: CommandSigner | null;
  /** The memory of the command's id; `null` for what was refused at the door. */
  readonly claim: FirstClaim | null;
}

/** Says what became of commands: to whoever asked, in the outbox, the metrics, the audit log and the trace. */
interface CommandAnswers {
  /** Answers for the first time. `signal` ends the wait for room in the outbox. */
  answer(arrival: Arrival, ending: Ending, context: AnswerContext, signal: AbortSignal): Promise<void>;
  /** Says an answer again, only to whoever asks now where that is possible. */
  repeat(arrival: Arrival, body: Uint8Array, signer: CommandSigner | null, signal: AbortSignal): Promise<void>;
}

/** Room for the headers of a result: the id, and what a compressing bus adds. */
const HEADER_BYTES = 1024;

/** Makes the last part of the way of a command. */
export function createCommandAnswers(options: CommandAnswersOptions): CommandAnswers {
  const { audit, clock, clusterId, telemetry } = options;

  /** The same for the same command and outcome, so that a stream drops copies. */
  const resultId = ({ id }: Arrival, key: string): string =>
    hash("sha256", `${clusterId}\n${id}\n${key}`, "hex").slice(0, 32);

  /** Refusals wait for room one after another: in a flood each that found some would wake a thousand that find none. */
  let lastPut: Promise<unknown> = Promise.resolve();

  const put = async (message: OutboundMessage, signal: AbortSignal) => await options.outbox.put(message, signal);

  function putInTurn(message: OutboundMessage, signal: AbortSignal): Promise<unknown> {
    const done = lastPut.then(() => put(message, signal));
    lastPut = done.catch(() => {});
    return done;
  }

  async function send(
    arrival: Arrival,
    body: Uint8Array,
    key: string,
    signal: AbortSignal,
    put: (message: OutboundMessage, signal: AbortSignal) => Promise<unknown>,
  ): Promise<void> {
    const traceHeaders = arrival.trace?.headers;
    const reply = replyOf(arrival);
    reply?.send(body, traceHeaders);
    if (arrival.id === null) return;
    const headers = reply === null ? traceHeaders : { ...traceHeaders, [REPLIED_HEADER]: "true" };
    const message = { kind: "result", id: resultId(arrival, key), subject: options.resultSubject, body } as const;
    await put(headers === undefined ? message : { ...message, headers }, signal);
  }

  /** Where the sender may have its answer; `null`: on the result subject alone. */
  function replyOf({ delivery: { reply } }: Arrival): CommandReply | null {
    return judgeReplySubject(reply?.subject ?? null, options.replies) === "sent" ? reply : null;
  }

  /** What the audit log says of an answer that the sender does not get where it wanted it. */
  function withheldReply(arrival: Arrival): string | null {
    const subject = arrival.delivery.reply?.subject ?? null;
    return judgeReplySubject(subject, options.replies) === "withheld" ? subject : null;
  }

  async function writeLine({ decision, startedSeq }: Ending, line: AuditFields): Promise<void> {
    if (startedSeq === null) await audit.recordNotRun(line, decision.kind === "denied" ? decision.code : "allowed");
    else await audit.record(line);
  }

  return {
    async answer(arrival, ending, { claim, signer }, signal) {
      const { decision, outcome } = ending;
      const durationMs = clock.monotonic() - arrival.receivedMonotonicMs;
      const fitted = fitResult({
        id: resultId(arrival, ending.key),
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
      if (isForgotten(ending)) claim?.release();
      else claim?.settle(fitted.body);
      countEnding(telemetry, arrival.tool, ending);
      const line = auditEnd({
        clusterId,
        id: arrival.id,
        command: arrival.decoded.kind === "decoded" ? arrival.decoded.command : null,
        signer,
        decision,
        outcome,
        truncated: fitted.result.truncated,
        durationMs,
        withheldReply: withheldReply(arrival),
      }, ending.startedSeq);
      // The outbox may be full for as long as the bus is away; the audit log does not wait for that.
      await Promise.all([
        send(arrival, fitted.body, ending.key, signal, claim === null ? putInTurn : put),
        writeLine(ending, line),
      ]);
      arrival.trace?.end(arrival.tool, ending.label, ending);
    },

    async repeat(arrival, body, signer, signal) {
      telemetry.commands.inc({ tool: arrival.tool, verdict: "repeated" });
      const reply = replyOf(arrival);
      if (reply === null) await send(arrival, body, "result", signal, put);
      else reply.send(body, arrival.trace?.headers);
      await audit.recordNotRun({
        event: "repeated",
        cluster_id: clusterId,
        command_id: arrival.id ?? "",
        signed_by: signer?.name ?? null,
        reply_withheld: withheldReply(arrival),
      }, "repeated");
      arrival.trace?.end(arrival.tool, "repeated", null);
    },
  };
}

function countEnding(telemetry: Telemetry, tool: string, { decision, label, outcome }: Ending): void {
  telemetry.commands.inc({ tool, verdict: label });
  if (decision.kind === "denied") telemetry.commandRefusals.inc({ layer: decision.layer, code: decision.code });
  if (outcome.executionMs > 0) telemetry.commandSeconds.observe({ tool }, outcome.executionMs / 1000);
  for (const rule of REDACTION_RULES) {
    const times = outcome.redactions[rule];
    if (times !== undefined) telemetry.commandRedactions.inc({ rule }, times);
  }
  if (outcome.controlSequences > 0) telemetry.commandRedactions.inc({ rule: "control" }, outcome.controlSequences);
}

function pickRefusal({ layer, code, reason }: DeniedDecision) {
  return { layer, code, reason };
}
