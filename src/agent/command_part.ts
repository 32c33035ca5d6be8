import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { createCommandSubscription } from "../bus/command_subscription.ts";
import { type AuditLog, openAuditLog } from "../commands/audit/audit_log.ts";
import { buildPolicy, type CommandPolicy } from "../commands/command_policy.ts";
import { type CommandService, createCommandService } from "../commands/command_service.ts";
import type { CommandSource } from "../commands/command_source.ts";
import { decideCommand } from "../commands/decide_command.ts";
import { inspectToolFiles } from "../commands/inspect_tool_files.ts";
import { type KubectlAccess, openKubectlAccess } from "../commands/kubectl_access.ts";
import { type NonceStore, openNonceStore } from "../commands/nonce_store.ts";
import { openSharedNonceStore } from "../commands/shared_nonce_store.ts";
import { resolveTools } from "../commands/resolve_tools.ts";
import { createProcessRunner, type MemoryGuard } from "../commands/run_process.ts";
import { lookUpSystemName, realPathOrNull } from "../commands/target/system_ports.ts";
import { DISCOVERY_REQUEST } from "../commands/target/discovery_request.ts";
import { createTypeDiscovery } from "../commands/target/type_discovery.ts";
import { openWorkFolder } from "../commands/work_folder.ts";
import { compact } from "../lifecycle/compact.ts";
import type { Condition } from "../lifecycle/condition.ts";
import { AgentError, errorMessage } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Service } from "../lifecycle/service.ts";
import type { AgentPart } from "../lifecycle/part.ts";
import type { AgentContext } from "./agent_context.ts";
import type { BusPart } from "./bus_part.ts";
import { commandSettingsOf } from "./command_settings_of.ts";
import type { OutboxPart } from "./outbox_part.ts";
import { createNonceMemoryFor } from "./state_stores.ts";

/** What runs the central side's diagnostic commands. */
interface CommandPart extends AgentPart {
  /** Commands that wait for a free runner. */
  queued(): number;
}

/** Builds the part that runs commands; folders, journals and tools are opened when it runs and closed when it ends. */
export function createCommandPart(context: AgentContext, bus: BusPart, outbox: OutboxPart): CommandPart {
  let opened: OpenedCommands | null = null;
  const queued = () => opened?.service.queued() ?? 0;
  const subscription = createCommandSubscription(bus.connection, {
    subject: context.subject("command"),
    maxBytes: context.memory.bytesOf("command_queue"),
    onDropped: (reason) => outbox.countDrop("command", reason),
  });
  const { source } = subscription;
  const runner = createCommandRunner(context, { bus, outbox, source, onOpened: (parts) => opened = parts });
  return {
    name: "commands",
    services: [runner],
    queued,
    conditions: () => [opened === null ? NOT_OPENED : { name: "audit log", ...opened.audit.condition() }],
    status: () => ({}),
    refreshGauges() {
      context.telemetry.commandQueueSize.set(queued());
      const { storeBytes } = context.telemetry;
      const held = opened?.service.bytes();
      storeBytes.set({ store: "command_queue" }, subscription.waitingBytes());
      storeBytes.set({ store: "commands_open" }, held?.open ?? 0);
      storeBytes.set({ store: "command_results" }, held?.results ?? 0);
    },
  };
}

/** What comes before that is not heard: whoever waits for the agent to be ready must not lose a command. */
const NOT_OPENED: Condition = {
  name: "commands",
  ok: false,
  detail: "the audit log, the used nonces and the tools are being opened",
};

/** What is there once the service runs. */
interface OpenedCommands {
  readonly service: CommandService;
  readonly audit: AuditLog;
}

interface RunnerSurroundings {
  readonly bus: BusPart;
  readonly outbox: OutboxPart;
  readonly source: CommandSource;
  readonly onOpened: (opened: OpenedCommands) => void;
}

function createCommandRunner(context: AgentContext, around: RunnerSurroundings): Service {
  const { bus, outbox, source, onOpened } = around;
  const { config, clock } = context;
  const log = createLogger("commands");
  return {
    name: "commands",
    async run(signal) {
      const policy = policyOf(context);
      const badTools = await inspectToolFiles(config.commands.tools);
      if (badTools.length > 0) {
        throw new AgentError("bad_configuration", badTools.map(({ message }) => message).join("\n"));
      }
      await using open = new AsyncDisposableStack(); // what was opened is closed, also where the next can't be
      const folder = await openWorkFolder(tmpdir());
      open.defer(() => folder.close());
      const nonces = await openNonces(context, signal);
      open.defer(() => nonces.close());
      const audit = await openAuditLog({
        path: config.commands.audit.file ?? null,
        maxBytes: config.commands.audit.max_bytes,
        files: config.commands.audit.files,
        // What a file does not take is evidence: it goes out whole.
        fallback: config.commands.audit.file === undefined
          ? context.writeAudit
          : (lines) => void process.stderr.write(lines),
        now: () => clock.now(),
        onFailure: (error) =>
          log.error("Cannot write the audit log; its lines go to standard error", { error: errorMessage(error) }),
      });
      open.defer(() => audit.close());
      const tools = await resolveTools(
        [...policy.tools.values()].map(({ name, path }) => path === null ? { name } : { name, path }),
      );
      if (tools.missing.length > 0) {
        log.info("Some tools are not on this machine", { tools: tools.missing.join(" ") });
      }
      const kubectl = kubectlAccessOf(context);
      if (kubectl === null) {
        log.warn(
          "Commands can't use kubectl: the context is merged from several kubeconfigs; name one with --kubeconfig",
        );
      }
      const runProcess = createProcessRunner({
        toolPaths: new Map([...tools.paths].filter(([name]) => kubectl !== null || name !== "kubectl")),
        fixedArguments: new Map(kubectl === null ? [] : [["kubectl", await openKubectlAccess(kubectl, folder.path)]]),
        memory: await openMemoryGuard(config.commands.memory_limit),
        homeFolder: folder.home,
        redactor: context.redactor,
      });
      const servedTypes = createTypeDiscovery({
        read: () => context.client.request({ ...DISCOVERY_REQUEST, signal }),
        now: () => clock.monotonic(),
      });
      const service = createCommandService({
        ...commandSettingsOf(context, bus, outbox),
        source,
        decide: (request, resolve) =>
          decideCommand(request, policy, { resolve, realPath: realPathOrNull, servedTypes }),
        lookUp: lookUpSystemName,
        runProcess,
        audit,
        nonces,
        onLeft: () => outbox.countDrop("command", "not_leading"),
        toolNames: new Set(policy.tools.keys()),
        tracing: context.tracing,
        clock,
      });
      onOpened({ service, audit });
      await service.run(signal);
    },
  };
}

/** What keeps tools to their memory; `null`, with a word in the log, where prlimit is not installed. */
async function openMemoryGuard(limitBytes: number): Promise<MemoryGuard | null> {
  const path = (await resolveTools([{ name: "prlimit" }])).paths.get("prlimit");
  if (path !== undefined) return { path, limitBytes };
  createLogger("commands").warn("Commands run without a limit of memory: there is no prlimit here; install util-linux");
  return null;
}

function policyOf({ config, clusterId, access }: AgentContext): CommandPolicy {
  const { commands } = config;
  const built = buildPolicy({
    clusterId,
    ...compact({ allowed: commands.allowed }),
    tools: commands.tools,
    timeoutCeilingMs: commands.timeout_ceiling,
    envAllowlist: commands.env_allowlist,
    apiServerHosts: [
      new URL(access.server).hostname,
      "kubernetes",
      "kubernetes.default",
      "kubernetes.default.svc",
      "kubernetes.default.svc.cluster.local",
    ],
  });
  if (built.ok) return built.policy;
  const problems = built.problems.map(({ path, message }) => `commands.${path.join(".")}: must be ${message}`);
  throw new AgentError("bad_configuration", problems.join("\n"));
}

/**
 * kubectl uses what the agent itself uses, and the context by its name, so that a later `use-context` changes nothing. A
 * context that is merged from several files has no one file to name: then there is no kubectl.
 */
function kubectlAccessOf({ accessPlan, access }: AgentContext): KubectlAccess | null {
  if (accessPlan.kind === "kubeconfig") {
    const { path = null, context = null } = access.kubeconfig ?? {};
    return path === null ? null : { kind: "kubeconfig", path, context };
  }
  const { serviceAccountDir } = accessPlan;
  return {
    kind: "in-cluster",
    server: access.server,
    caFile: join(serviceAccountDir, "ca.crt"),
    tokenFile: join(serviceAccountDir, "token"),
  };
}

/** Beside the checkpoint; without one, nonces live as long as the process, which the documentation says. */
async function openNonces(context: AgentContext, signal: AbortSignal): Promise<NonceStore> {
  const { config, clock } = context;
  const now = () => clock.now();
  if (config.commands.trusted_keys.length === 0) return await openNonceStore({ path: null, now });
  const memory = createNonceMemoryFor(context, context.clusterId, signal);
  if (memory !== null) return await openSharedNonceStore({ memory, now });
  const path = config.state.kind === "file" ? join(dirname(config.state.path), "nonces") : null;
  return await openNonceStore({ path, now });
}
