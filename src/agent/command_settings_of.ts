import type { CommandServiceOptions } from "../commands/command_service.ts";
import { redactLarge } from "../redaction/redact_large.ts";
import { SUBJECT_KINDS, subjectFor } from "../wire/subject.ts";
import type { AgentContext } from "./agent_context.ts";
import type { BusPart } from "./bus_part.ts";
import type { OutboxPart } from "./outbox_part.ts";

/** What the agent's parts and its configuration say of how commands are taken, bounded and answered. */
type CommandSettings = Pick<
  CommandServiceOptions,
  | "clusterId"
  | "commandSubject"
  | "concurrency"
  | "maxOpenBytes"
  | "maxPayloadBytes"
  | "maxResultBytes"
  | "mayAct"
  | "memory"
  | "outbox"
  | "queue"
  | "redact"
  | "replies"
  | "requireSignature"
  | "resultSubject"
  | "telemetry"
  | "trustedKeys"
>;

/** The settings of the command service, wherever it runs: what stays open is which tools there are and how they are run. */
export function commandSettingsOf(context: AgentContext, bus: BusPart, outbox: OutboxPart): CommandSettings {
  const { config, memory } = context;
  const { commands } = config;
  return {
    redact: (text, cut, ending) => redactLarge(text, cut, ending, { redactor: context.redactor }),
    memory: { limitBytes: commands.memory_limit, totalBytes: commands.memory_total },
    replies: {
      prefixes: commands.reply_prefixes,
      ownSubjects: SUBJECT_KINDS.map((kind) =>
        subjectFor(kind, "*", { prefix: config.subject_prefix, template: config.subject_template })
      ),
    },
    outbox: outbox.writer,
    trustedKeys: commands.trusted_keys.map(({ name, public_key }) => ({ name, publicKey: public_key })),
    mayAct: context.leadership.isValid,
    requireSignature: commands.require_signature,
    clusterId: context.clusterId,
    commandSubject: context.subject("command"),
    resultSubject: context.subject("result"),
    maxPayloadBytes: bus.maxPayload,
    maxOpenBytes: memory.bytesOf("commands_open"),
    maxResultBytes: memory.bytesOf("command_results"),
    concurrency: commands.concurrency,
    queue: commands.queue,
    telemetry: context.telemetry,
  };
}
