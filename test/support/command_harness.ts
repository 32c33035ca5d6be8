import { redactLarge } from "../../src/redaction/redact_large.ts";
import { type AuditLog, openAuditLog } from "../../src/commands/audit/audit_log.ts";
import { buildPolicy } from "../../src/commands/command_policy.ts";
import { type CommandService, createCommandService } from "../../src/commands/command_service.ts";
import type { CommandDelivery } from "../../src/commands/command_source.ts";
import { decideCommand } from "../../src/commands/decide_command.ts";
import type { LookUpName } from "../../src/commands/lookup/look_up_name.ts";
import { openNonceStore } from "../../src/commands/nonce_store.ts";
import { createProcessRunner } from "../../src/commands/run_process.ts";
import { configuredToolsSchema } from "../../src/commands/tool_schema.ts";
import type { TrustedKey } from "../../src/commands/verify_signature.ts";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { createMemoryOutbox } from "../../src/outbox/memory_outbox.ts";
import type { OutboundMessage } from "../../src/outbox/outbound_message.ts";
import { createTelemetry, type Telemetry } from "../../src/telemetry/telemetry.ts";
import { type CommandResult, commandResultSchema } from "../../src/wire/command_result.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { writeProgram } from "../../sandbox/write_program.ts";

export interface CommandHarnessOptions {
  readonly trustedKeys?: readonly TrustedKey[];
  readonly requireSignature?: boolean;
  readonly concurrency?: number;
  readonly queue?: number;
  readonly maxPayloadBytes?: number;
  readonly maxResultBytes?: number;
  /** Finds no address unless given. */
  readonly lookUp?: LookUpName;
  /** The audit log's file, by default in `audit` alone; `true` is the file `audit` in the tool's own folder. */
  readonly auditFile?: string | true;
  /** Whether the service may take and run commands; always unless given. */
  readonly mayAct?: () => boolean;
  /** Told of a command that was left to another replica. */
  readonly onLeft?: () => void;
  /** The nonce journal; in memory unless given. */
  readonly noncePath?: string;
}

/** A command service with the real policy, runner, outbox and audit log around it; the bus is the test. */
export interface CommandHarness extends AsyncDisposable {
  readonly service: CommandService;
  /** Where the tool and what it writes are. */
  readonly folder: string;
  readonly telemetry: Telemetry;
  /** Lines of the audit log. */
  readonly audit: string[];
  /** Results as the outbox holds them, oldest first. */
  readonly results: OutboundMessage[];
  /** Delivers a message; returns what comes to its reply subject. */
  deliver(
    body: string | object,
    headers?: Readonly<Record<string, string>>,
    replySubject?: string,
  ): CommandResult[];
  /** Delivers what a real bus brought. */
  accept(delivery: CommandDelivery): void;
  /** Delivers a message without a reply subject. */
  publish(body: string | object, headers?: Readonly<Record<string, string>>): void;
  /** Delivers a message and waits for its answer. */
  ask(body: string | object, headers?: Readonly<Record<string, string>>): Promise<CommandResult>;
  stop(): Promise<void>;
}

/** The verbs of the tool `probe`, each a line of shell. */
const PROBE = `#!/bin/sh
case $1 in
  hello) echo hello ;;
  count) echo run >>"$(dirname "$0")/runs"; echo counted ;;
  fail) echo out; echo bad >&2; exit 7 ;;
  sleep) sleep 35 ;;
  nap) sleep 0.3; echo rested ;;
  secret) printf 'DB_PASSWORD=hunter2\\n\\033[31mred\\033[0m\\n' ;;
  audited) cat "$(dirname "$0")/audit" ;;
  quotes) head -c 20000 /dev/zero | tr '\\0' '"' ;;
  big) head -c 50000000 /dev/zero | tr '\\0' x ;;
  empty) echo 'No resources found' >&2 ;;
esac
`;
const VERBS = ["hello", "count", "fail", "sleep", "nap", "secret", "audited", "quotes", "big", "empty"];

/** A command for the tool `probe`. */
export function probeCommand(id: string, verb: string, more: object = {}) {
  return { id, type: "diagnostic", tool: "probe", action: verb, args: [], ...more };
}

/** Starts a service whose one extra tool is `probe`, at `probe` in a folder that goes with it. */
export async function startCommandHarness(options: CommandHarnessOptions = {}): Promise<CommandHarness> {
  const folder = await createTempDir("commands");
  await writeProgram(folder.file("probe"), PROBE);
  const tools = configuredToolsSchema.parse([
    { name: "probe", path: folder.file("probe"), verbs: VERBS.map((name) => ({ name })), output_limit: 2_000_000 },
    { name: "absent", path: folder.file("absent") },
  ]);
  const built = buildPolicy({ clusterId: "local", timeoutCeilingMs: 60_000, tools });
  if (!built.ok) throw new Error(JSON.stringify(built.problems));
  const audit: string[] = [];
  const auditLog: AuditLog = await openAuditLog({
    path: options.auditFile === true ? folder.file("audit") : options.auditFile ?? null,
    fallback: (text) => audit.push(...text.trimEnd().split("\n")),
    now: Date.now,
    onFailure: () => {},
  });
  const nonces = await openNonceStore({ path: options.noncePath ?? null, now: Date.now });
  const telemetry = createTelemetry();
  const outbox = createMemoryOutbox({
    clock: systemClock,
    limit: 10_000,
    maxBytes: 2 ** 30,
    draining: () => true,
    onSettled: () => {},
  });
  const results: OutboundMessage[] = [];
  const waiting: CommandDelivery[] = [];
  let wake = (): void => {};
  const service = createCommandService({
    async *source(signal) {
      signal.addEventListener("abort", () => wake(), { once: true });
      while (!signal.aborted) {
        const next = waiting.shift();
        if (next !== undefined) yield next;
        else await new Promise<void>((resolve) => wake = resolve);
      }
    },
    decide: (request, resolve) =>
      decideCommand(request, built.policy, { resolve, realPath: () => Promise.resolve(null) }),
    lookUp: options.lookUp ?? (() => Promise.resolve([])),
    redact: redactLarge,
    runProcess: createProcessRunner({
      toolPaths: new Map(),
      fixedArguments: new Map(),
      memory: null,
      homeFolder: folder.path,
    }),
    replies: { prefixes: ["_INBOX.", "_R_."], ownSubjects: ["agent.result.*"] },
    maxOpenBytes: 8 * 2 ** 20,
    maxResultBytes: options.maxResultBytes ?? 16 * 2 ** 20,
    memory: { limitBytes: 2 ** 20, totalBytes: 2 ** 30 },
    outbox: {
      put: async (message, signal) => {
        const outcome = await outbox.put(message, signal);
        results.push(message);
        return outcome;
      },
    },
    audit: auditLog,
    nonces,
    mayAct: options.mayAct ?? (() => true),
    onLeft: options.onLeft ?? (() => {}),
    trustedKeys: options.trustedKeys ?? [],
    requireSignature: options.requireSignature ?? false,
    clusterId: "local",
    commandSubject: "agent.command.local",
    resultSubject: "agent.result.local",
    maxPayloadBytes: () => options.maxPayloadBytes ?? 1_048_576,
    concurrency: options.concurrency ?? 4,
    queue: options.queue ?? 100,
    toolNames: new Set(built.policy.tools.keys()),
    telemetry,
    tracing: null,
    clock: systemClock,
  });
  const controller = new AbortController();
  const running = service.run(controller.signal);

  const accept = (delivery: CommandDelivery): void => {
    waiting.push(delivery);
    wake();
  };
  const send = (body: string | object, headers: Readonly<Record<string, string>>, reply: CommandDelivery["reply"]) => {
    const bytes = new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
    accept({
      body: bytes,
      bytes: bytes.length,
      header: (name) => headers[name] ?? null,
      reply,
    });
  };
  const deliver: CommandHarness["deliver"] = (body, headers = {}, replySubject = "_INBOX.test.1") => {
    const answers: CommandResult[] = [];
    send(body, headers, { subject: replySubject, send: (bytes) => answers.push(decodeResult(bytes)) });
    return answers;
  };
  const stop = async (): Promise<void> => {
    controller.abort();
    await running;
  };
  return {
    service,
    folder: folder.path,
    telemetry,
    audit,
    results,
    accept,
    deliver,
    publish: (body, headers = {}) => send(body, headers, null),
    ask: async (body, headers) => {
      const answers = deliver(body, headers);
      return await eventually("an answer", () => answers[0]);
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await nonces.close();
      await auditLog.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A result as central reads it. */
export function decodeResult(body: Uint8Array): CommandResult {
  return commandResultSchema.parse(JSON.parse(new TextDecoder().decode(body)));
}
