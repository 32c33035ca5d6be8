import type { AgentContext } from "../../../src/agent/agent_context.ts";
import type { BusPart } from "../../../src/agent/bus_part.ts";
import type { OutboxPart } from "../../../src/agent/outbox_part.ts";
import { createCommandSubscription } from "../../../src/bus/command_subscription.ts";
import { openAuditLog } from "../../../src/commands/audit/audit_log.ts";
import { buildPolicy } from "../../../src/commands/command_policy.ts";
import { type CommandService, createCommandService } from "../../../src/commands/command_service.ts";
import { decideCommand } from "../../../src/commands/decide_command.ts";
import { openNonceStore } from "../../../src/commands/nonce_store.ts";
import type { RunProcess } from "../../../src/commands/run_process.ts";
import type { AgentPart } from "../../../src/lifecycle/part.ts";
import { redactLarge } from "../../../src/redaction/redact_large.ts";
import { SUBJECT_KINDS, subjectFor } from "../../../src/wire/subject.ts";

/** What `kubectl version` says at once: a command that costs nothing. */
const ANSWER = "Server Version: v1.36.3\n";
const runNothing: RunProcess = () =>
  Promise.resolve({
    end: { kind: "exited", exitCode: 0 },
    stdout: ANSWER,
    stderr: "",
    truncated: false,
    receivedBytes: ANSWER.length,
    durationMs: 0,
  });

/**
 * The agent's way of a command, from the bus to its answer: subscription, signature, nonce, policy, redaction, result. Only
 * the process at its end is none.
 */
export function createCommandAnswerer(
  context: AgentContext,
  bus: BusPart,
  outbox: OutboxPart,
): AgentPart & { queued(): number } {
  const { config, clusterId } = context;
  let service: CommandService | null = null;
  const subscription = createCommandSubscription(bus.connection, {
    subject: context.subject("command"),
    maxBytes: context.memory.bytesOf("command_queue"),
    onDropped: (reason) => outbox.countDrop("command", reason),
  });
  return {
    name: "commands",
    queued: () => service?.queued() ?? 0,
    conditions: () => [],
    status: () => ({}),
    refreshGauges() {},
    services: [{
      name: "commands",
      async run(signal) {
        const nonces = await openNonceStore({ path: null, now: () => context.clock.now() });
        const audit = await openAuditLog({
          path: null,
          fallback: context.writeAudit,
          now: () => context.clock.now(),
          onFailure: () => {},
        });
        const built = buildPolicy({ clusterId, timeoutCeilingMs: config.commands.timeout_ceiling });
        if (!built.ok) throw new Error(JSON.stringify(built.problems));
        service = createCommandService({
          source: subscription.source,
          decide: (request, resolve) =>
            decideCommand(request, built.policy, { resolve, realPath: () => Promise.resolve(null) }),
          lookUp: () => Promise.resolve([]),
          redact: (text, cut, ending) => redactLarge(text, cut, ending, { redactor: context.redactor }),
          runProcess: runNothing,
          memory: { limitBytes: config.commands.memory_limit, totalBytes: config.commands.memory_total },
          replies: {
            prefixes: config.commands.reply_prefixes,
            ownSubjects: SUBJECT_KINDS.map((kind) =>
              subjectFor(kind, "*", { prefix: config.subject_prefix, template: config.subject_template })
            ),
          },
          outbox: outbox.writer,
          audit,
          nonces,
          trustedKeys: config.commands.trusted_keys.map(({ name, public_key }) => ({ name, publicKey: public_key })),
          mayAct: context.leadership.isValid,
          requireSignature: config.commands.require_signature,
          clusterId,
          commandSubject: context.subject("command"),
          resultSubject: context.subject("result"),
          maxPayloadBytes: bus.maxPayload,
          maxOpenBytes: context.memory.bytesOf("commands_open"),
          maxResultBytes: context.memory.bytesOf("command_results"),
          concurrency: config.commands.concurrency,
          queue: config.commands.queue,
          toolNames: new Set(built.policy.tools.keys()),
          telemetry: context.telemetry,
          tracing: null,
          clock: context.clock,
        });
        try {
          await service.run(signal);
        } finally {
          await audit.close();
          await nonces.close();
        }
      },
    }],
  };
}
