import process from "node:process";
import type { ClusterIdentity } from "../cluster/cluster_identity.ts";
import type { IdentityChange } from "../cluster/identity_memory.ts";
import { identityChangeEvent } from "../cluster/identity_notice.ts";
import type { Config } from "../config/config_schema.ts";
import { createKubeHttpClient } from "../kube/kube_http_client.ts";
import { type KubeAccessOptions, openPlannedKubeAccess, planKubeAccess } from "../kube/open_kube_access.ts";
import type { RuleSet } from "../events/compile_rules.ts";
import type { LedServices } from "../lead/elector.ts";
import { SOLE_AGENT } from "../lead/leadership.ts";
import { systemClock } from "../lifecycle/clock.ts";
import { problemsOf } from "../lifecycle/condition.ts";
import { createLogger } from "../lifecycle/logging.ts";
import { createMemoryBudget, usualMemoryLimit } from "../lifecycle/memory_budget.ts";
import type { AgentPart } from "../lifecycle/part.ts";
import { createSupervisor } from "../lifecycle/supervisor.ts";
import { eventMessage } from "../outbox/event_message.ts";
import { createRecentEvents } from "../outbox/recent_events.ts";
import { createTelemetry } from "../telemetry/telemetry.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import { createRedactor } from "../redaction/redactor.ts";
import { subjectFor } from "../wire/subject.ts";
import type { AgentContext, KubeSurroundings } from "./agent_context.ts";
import { type BusPart, createBusPart } from "./bus_part.ts";
import { createCommandPart } from "./command_part.ts";
import { createCorePart } from "./core_part.ts";
import { createDiscoveryPart } from "./discovery_part.ts";
import { createEventPart, eventRulesOf, openEventPlace } from "./event_part.ts";
import { createEvidencePart } from "./evidence_part.ts";
import { createIdentityPart, type IdentityPart } from "./identity_part.ts";
import { createIncidentPart } from "./incident_part.ts";
import { createInventoryPart } from "./inventory_part.ts";
import { planObjects } from "./object_part.ts";
import { openOutboxPart, type OutboxPart } from "./outbox_part.ts";
import { createLeadPart } from "./lead_part.ts";
import { createLedServices } from "./led_services.ts";
import { createPresencePart } from "./presence_part.ts";
import { createReportPart } from "./report_part.ts";
import { planServices } from "./service_plan.ts";
import { startBehind } from "./start_behind.ts";
import { readStateAhead } from "./state_stores.ts";
import { openStatePart } from "./state_part.ts";

/** What the program around the agent gives it. */
interface AgentOptions {
  readonly config: Config;
  readonly kube: KubeAccessOptions;
  readonly version: string;
  readonly commit: string;
  readonly runtime: string;
  /** Where spans go; `null` when nobody asked for traces. */
  readonly tracing: Tracing | null;
  /** Tells this process from others that report for the same cluster. */
  readonly instance: string;
  /** Takes audit lines where no file is named for them, newline included; absent: standard error. */
  readonly writeAudit?: (lines: string) => void;
  /** Told once the cluster is known. */
  readonly onIdentity?: (identity: ClusterIdentity) => void;
  /** Told the health server's port once it listens. */
  readonly onListening?: (port: number) => void;
}

/** Runs the agent until `signal` fires, or rejects with what ended it. */
export async function runAgent(options: AgentOptions, signal: AbortSignal): Promise<void> {
  const log = createLogger("agent");
  const clock = systemClock;
  const startedAtMs = clock.now();
  const telemetry = createTelemetry();
  const supervisor = createSupervisor({ clock, onRestart: (service) => telemetry.serviceRestarts.inc({ service }) });
  const parts: AgentPart[] = [];
  let starting = true;
  let undelivered = () => 0;
  const failed = new AbortController(); // a service failed for good: what still starts need not go on
  supervisor.failed.catch((error) => failed.abort(error));
  const ending = AbortSignal.any([signal, failed.signal]);

  await using surroundings = new AsyncDisposableStack();
  try {
    const core = createCorePart({
      ...options,
      healthPort: options.config.health_port,
      healthPage: options.config.health_page,
      clock,
      startedAtMs,
      telemetry,
      parts: () => parts,
      services: supervisor.statuses,
      starting: () => starting,
      stopping: signal,
    });
    parts.push(core);
    supervisor.start(planServices([core]));

    const kube = await openKube(options);
    surroundings.defer(() => kube.client.close());
    const state = await openStatePart({ ...kube, config: options.config, clock }, ending);
    parts.push(state);
    supervisor.start(planServices([state]));

    const identity = createIdentityPart({
      ...kube,
      config: options.config,
      idFromEnvironment: Boolean(options.kube.env.CLUSTER_ID),
      clock,
      telemetry,
      onIdentity: options.onIdentity,
    });
    parts.push(identity);
    const { id, change } = await identity.identify(ending);

    const memory = createMemoryBudget(options.config.memory.limit ?? await usualMemoryLimit());
    telemetry.memoryLimitBytes.set(memory.limitBytes);
    const { subject_prefix: prefix, subject_template: template } = options.config;
    let led: LedServices | null = null;
    const lead = !options.config.replicas.enabled ? null : createLeadPart({
      ...kube,
      config: options.config,
      clock,
      telemetry,
      instance: options.instance,
      retired: signal,
      led: {
        foresee: () => led?.foresee?.(),
        start: async (term) => await led?.start(term),
        stop: async () => await led?.stop(),
      },
    });
    const context: AgentContext = {
      ...kube,
      config: options.config,
      leadership: lead?.leadership ?? SOLE_AGENT,
      clusterId: id,
      telemetry,
      memory,
      redactor: createRedactor(options.config.redaction),
      tracing: options.tracing,
      clock,
      startedAtMs,
      recent: createRecentEvents(),
      writeAudit: options.writeAudit ?? writeStderr,
      subject: (kind) => subjectFor(kind, id, { prefix, template }),
    };
    const bus = createBusPart(context);
    const outbox = await openOutboxPart(context, bus, ending);
    undelivered = outbox.undelivered;
    const discovery = createDiscoveryPart(context, bus, { ...options, identity });
    const build = createLedPartBuilder(context, { ...options, identity, parts, bus, outbox, change });
    if (lead === null) {
      telemetry.leading.set(1);
      const all = [bus, outbox, discovery, ...await build(ending)];
      parts.push(...all);
      supervisor.start(planServices(all));
    } else {
      lead.follow(bus);
      led = createLedServices({
        supervisor,
        clock,
        outbox,
        parts,
        foresee: () => readStateAhead(context),
        build,
      });
      parts.push(bus, outbox, discovery, lead);
      supervisor.start(planServices([bus, outbox, discovery, lead]));
    }
    starting = false;
    await Promise.race([aborted(signal), supervisor.failed]);
  } catch (error) {
    if (!signal.aborted) throw failed.signal.aborted ? failed.signal.reason : error;
  } finally {
    log.info("The agent is stopping", { undelivered: undelivered() });
    await supervisor.stop();
    log.info("The agent has stopped", { undelivered: undelivered() });
  }
}

const writeStderr = (lines: string) => void process.stderr.write(lines);

async function openKube({ kube, version }: AgentOptions): Promise<KubeSurroundings> {
  const accessPlan = planKubeAccess(kube);
  const access = await openPlannedKubeAccess(accessPlan);
  const client = createKubeHttpClient({ access, userAgent: `agent/${version}` });
  return { client, access, accessPlan };
}

interface PartOptions extends Pick<AgentOptions, "version" | "instance"> {
  readonly identity: IdentityPart;
  /** All parts there are. */
  readonly parts: readonly AgentPart[];
  readonly bus: BusPart;
  readonly outbox: OutboxPart;
  /** The cluster's id is another one than before. */
  readonly change: IdentityChange | null;
}

/**
 * What speaks for the cluster: of several replicas, only the leader's; built anew for each time that it leads. A new part
 * is a file beside this one and a line in here.
 */
function createLedPartBuilder(
  context: AgentContext,
  { identity, parts, version, instance, bus, outbox, change }: PartOptions,
): (signal: AbortSignal) => Promise<readonly AgentPart[]> {
  const { config, clock } = context;
  let rules: RuleSet | null = null; // a standby does without
  let untold = change;
  return async (signal) => {
    const reading = config.enable_events ? openEventPlace(context, signal) : null; // beside what else is read
    reading?.catch(() => {}); // told where it is waited for
    const plan = config.objects.enabled ? planObjects(context, signal) : null;
    const inventory = createInventoryPart(context, plan?.observers ?? { pods: [], nodes: [], services: [] });
    const { roster } = inventory.inventory;
    const stamping = config.incidents.enabled ? await createIncidentPart(context, outbox, roster, signal) : null;
    const evidence = stamping !== null && config.evidence.enabled
      ? createEvidencePart(context, outbox, stamping, roster)
      : null;
    const incidents = evidence?.incidents ?? stamping;
    const objects = await plan?.build(inventory.inventory, outbox, incidents) ?? null;
    if (reading !== null) rules ??= eventRulesOf(config);
    const place = await reading;
    const events = rules === null || place === null
      ? null
      : createEventPart(context, { outbox, rules, incidents, place });
    const commands = config.enable_commands ? createCommandPart(context, bus, outbox) : null;
    const report = config.enable_metrics ? createReportPart(context, bus, outbox, inventory) : null;
    const presence = createPresencePart(context, {
      bus,
      outbox,
      identity,
      version,
      instance,
      problems: () => problemsOf(parts.flatMap((part) => part.conditions())),
      queuedCommands: () => commands?.queued() ?? 0,
      events,
    });
    if (untold !== null) {
      // Whoever counts events per cluster must learn that they go on under another id.
      const message = eventMessage(identityChangeEvent(untold, clock.now()), context.subject("event"));
      Promise.resolve(outbox.writer.put(message, signal)).catch(() => {}); // rejects only when the agent stops
      untold = null;
    }
    // Events first: between two leaders nobody watches them.
    const ahead = [events, stamping, presence].filter((part) => part !== null);
    const behind = [inventory, evidence, objects, commands, report].filter((part) => part !== null);
    const opened = events?.opened ?? Promise.resolve();
    return [...ahead, ...behind.map((part) => startBehind(part, opened, clock))];
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
