import type { AgentContext } from "../../../src/agent/agent_context.ts";
import type { BusPart } from "../../../src/agent/bus_part.ts";
import { commandSettingsOf } from "../../../src/agent/command_settings_of.ts";
import type { OutboxPart } from "../../../src/agent/outbox_part.ts";
import { createCommandSubscription } from "../../../src/bus/command_subscription.ts";
import { openAuditLog } from "../../../src/commands/audit/audit_log.ts";
import { buildPolicy } from "../../../src/commands/command_policy.ts";
import { type CommandService, createCommandService } from "../../../src/commands/command_service.ts";
import { decideCommand } from "../../../src/commands/decide_command.ts";
import { openNonceStore } from "../../../src/commands/nonce_store.ts";
import type { RunProcess } from "../../../src/commands/run_process.ts";
import type { AgentPart } from "../../../src/lifecycle/part.ts";

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
          ...commandSettingsOf(context, bus, outbox),
          source: subscription.source,
          decide: (request, resolve) =>
            decideCommand(request, built.policy, { resolve, realPath: () => Promise.resolve(null) }),
          lookUp: () => Promise.resolve([]),
          runProcess: runNothing,
          audit,
          nonces,
          toolNames: new Set(built.policy.tools.keys()),
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
