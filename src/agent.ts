import { type BusConnection, createBusConnection } from "./bus/connection.ts";
import { createHeartbeat } from "./bus/heartbeat.ts";
import { deliverCore } from "./bus/deliver_core.ts";
import { createPublisher, type Publisher } from "./bus/publisher.ts";
import { createJetStreamDelivery } from "./bus/deliver_jetstream.ts";
import type { ClusterIdentity } from "./cluster/cluster_identity.ts";
import { readCloudMetadata } from "./cluster/cloud_metadata.ts";
import { identityChangeEvent } from "./cluster/identity_notice.ts";
import { identifyUntilSure } from "./cluster/identify_until_sure.ts";
import { parseOverride } from "./cluster/decide_id.ts";
import type { AgentContext } from "./composition/agent_context.ts";
import { type CommandRunner, createCommandRunner } from "./composition/command_services.ts";
import { createIdentityServices } from "./composition/identity_services.ts";
import { createTracedWriter, traceSettlement } from "./composition/trace_outbox.ts";
import { createIdentityMemoryFor } from "./composition/state_stores.ts";
import { openOutboxSpool, type OutboxSpool } from "./composition/open_outbox_spool.ts";
import { createEventServices, type EventServices } from "./composition/event_services.ts";
import { busOptionsOf } from "./config/bus_options_of.ts";
import type { Config } from "./config/config_schema.ts";
import { createAgentHealth } from "./health/agent_health.ts";
import { createHealthServer } from "./health/health_server.ts";
import { createKubeHttpClient } from "./kube/kube_http_client.ts";
import type { KubeAccess } from "./kube/kube_access.ts";
import { type KubeAccessOptions, openPlannedKubeAccess, planKubeAccess } from "./kube/open_kube_access.ts";
import { systemClock } from "./lifecycle/clock.ts";
import { errorMessage } from "./lifecycle/errors.ts";
import { createHeapTrimmer, openHeap } from "./lifecycle/heap_trimmer.ts";
import { runServices, type ServiceEntry, type ServiceStatus } from "./lifecycle/run_services.ts";
import type { Service } from "./lifecycle/service.ts";
import { waitAtMost } from "./lifecycle/wait_at_most.ts";
import { createCollectors } from "./report/create_collectors.ts";
import { createReportService } from "./report/report_service.ts";
import { createMemoryOutbox } from "./outbox/memory_outbox.ts";
import { createMetrics } from "./telemetry/metrics.ts";
import type { Tracing } from "./telemetry/tracing.ts";
import type { AgentInfo } from "./wire/agent_info.ts";
import type { Event } from "./wire/event.ts";
import { subjectFor } from "./wire/subject.ts";

/** What the program around the agent gives it. */
export interface AgentOptions {
  readonly config: Config;
  readonly kube: KubeAccessOptions;
  readonly version: string;
  readonly commit: string;
  readonly runtime: string;
  /** Where spans go; `null` when nobody asked for traces. */
  readonly tracing: Tracing | null;
  /** Tells this process from others that report for the same cluster. */
  readonly instance: string;
  /** Told once the cluster is known. */
  readonly onIdentity?: (identity: ClusterIdentity) => void;
  /** Told the health server's port once it listens. */
  readonly onListening?: (port: number) => void;
}

/** How long a stop may go on delivering; with the other deadlines an orderly end takes three seconds at most. */
const DRAIN_MS = 1_500;
const ACK_TIMEOUT_MS = 5_000;
const ACKS_AHEAD = 512;
/** What describes the cluster is usually there by then, so that the first registration tells it; nothing waits longer. */
const DESCRIBE_WAIT_MS = 300;
/** The default `max_payload` of a NATS server, until one says its own. */
const USUAL_MAX_PAYLOAD = 1024 * 1024;

/** Runs the agent until `signal` fires, or rejects with what ended it. */
export async function runAgent(options: AgentOptions, signal: AbortSignal): Promise<void> {
  const { config, tracing } = options;
  const clock = systemClock;
  const subjects = { prefix: config.subject_prefix, template: config.subject_template };
  const startedAtMs = clock.now();
  const metrics = createMetrics();
  const services = new Map<string, ServiceStatus>();
  const drops: Record<string, number> = {};
  let identity: ClusterIdentity | null = null;
  let clusterUid: string | null = null;
  let identityProblem: string | null = null;
  let bus: BusConnection | null = null;
  let events: EventServices | null = null;
  let commands: CommandRunner | null = null;
  let spool: OutboxSpool | null = null;
  let publisher: Publisher | null = null;

  const outbox = createMemoryOutbox({
    clock,
    limit: config.buffer_size,
    draining: () => (bus?.session() ?? null) !== null,
    onSettled: (entry, settlement) => {
      const { message, enqueuedAtMs } = entry;
      if (tracing !== null) traceSettlement(tracing, identity?.id ?? "", clock, entry, settlement);
      if (settlement.kind === "delivered") {
        metrics.messagesPublished.inc({ kind: message.kind });
        metrics.publishSeconds.observe({ kind: message.kind }, (clock.monotonic() - enqueuedAtMs) / 1000);
      } else if (settlement.kind === "dropped") countDrop(message.kind, settlement.reason);
    },
  });

  function countDrop(kind: string, reason: string, count = 1): void {
    metrics.messagesDropped.inc({ kind, reason }, count);
    drops[`${kind} ${reason}`] = (drops[`${kind} ${reason}`] ?? 0) + count;
  }

  const queues = () => ({
    event: spool?.size("event") ?? outbox.size("event"),
    metrics: outbox.size("metrics"),
    result: outbox.size("result"),
  });
  const health = createAgentHealth({
    version: options.version,
    commit: options.commit,
    startedAtMs,
    now: () => clock.now(),
    identity: () => identity,
    identityProblem: () => identityProblem,
    bus: () => bus?.status() ?? null,
    deliveries: () => publisher?.troubles() ?? [],
    watches: () => events?.watcher.service.status() ?? [],
    services: () => [...services.values()],
    queues,
    queueLimit: config.buffer_size,
    drops: () => drops,
    moreConditions: () => [...(spool === null ? [] : [spool.condition()]), ...(events?.conditions() ?? [])],
    moreStatus: () => ({
      delivery_failures: publisher?.failures() ?? {},
      ...(spool === null ? {} : { spool: spool.status() }),
    }),
    metrics: () => {
      metrics.running.set(signal.aborted ? 0 : 1);
      metrics.connected.set((bus?.session() ?? null) === null ? 0 : 1);
      metrics.uptimeSeconds.set((clock.now() - startedAtMs) / 1000);
      metrics.eventQueueSize.set(queues().event);
      metrics.metricsQueueSize.set(outbox.size("metrics"));
      metrics.resultQueueSize.set(outbox.size("result"));
      metrics.commandQueueSize.set(commands?.queued() ?? 0);
      return metrics.expose();
    },
  });
  metrics.buildInfo.set({ version: options.version, commit: options.commit, runtime: options.runtime }, 1);

  const runOptions = {
    clock,
    onRestart: (service: string) => metrics.serviceRestarts.inc({ service }),
    onStatus: (status: ServiceStatus) => services.set(status.name, status),
  };
  const healthServer = createHealthServer({ port: config.health_port, source: health });
  healthServer.listening().then((port) => options.onListening?.(port), () => {});

  const core: Service = {
    name: "core",
    async run(coreSignal) {
      const accessPlan = planKubeAccess(options.kube);
      const access = await openPlannedKubeAccess(accessPlan);
      const client = createKubeHttpClient({
        access,
        userAgent: `agent/${options.version}`,
        onSkippedLine: (reason) => metrics.watchLinesSkipped.inc({ reason }),
      });
      try {
        const { cluster, change } = await identifyUntilSure({
          kube: client,
          override: parseOverride(config.cluster_id, options.kube.env.CLUSTER_ID ? "environment" : "configuration"),
          style: config.cluster.id_style,
          givenName: "",
          readToken: config.cluster.token_issuer ? () => bearerTokenOf(access) : null,
          readCloudMetadata: config.cluster.metadata_service ? readCloudMetadata : null,
          clock,
          memory: createIdentityMemoryFor({ config, client, access }, coreSignal),
          metrics,
          onRetry: (reason) => identityProblem = reason,
        }, coreSignal);
        identity = { id: cluster.id, source: cluster.source, provider: null, name: null, region: null, evidence: [] };
        metrics.setClusterId(cluster.id);
        options.onIdentity?.(identity);
        const described = cluster.describe().then((description) => {
          identity = description.identity;
          clusterUid = description.clusterUid;
          options.onIdentity?.(description.identity);
        });
        await waitAtMost(described, DESCRIBE_WAIT_MS, clock, coreSignal);
        const entries = await createServices({ client, access, accessPlan }, cluster.id, coreSignal);
        if (change !== null) tellIdentityChange(identityChangeEvent(change, clock.now()), coreSignal);
        await runServices(entries, runOptions, coreSignal);
      } catch (error) {
        identityProblem = identity === null ? errorMessage(error) : null;
        if (!coreSignal.aborted) throw error;
      } finally {
        client.close();
      }
    },
  };

  /** Goes out with the events: whoever counts them per cluster must learn that they go on under another id. */
  function tellIdentityChange(event: Event, tellSignal: AbortSignal): void {
    const message = {
      kind: "event",
      id: event.id,
      subject: subjectFor("event", event.cluster_id, subjects),
      body: new TextEncoder().encode(JSON.stringify(event)),
      severity: event.severity,
    } as const;
    Promise.resolve(outbox.put(message, tellSignal)).catch(() => {}); // rejects only when the agent stops
  }

  async function createServices(
    kube: Pick<AgentContext, "client" | "access" | "accessPlan">,
    id: string,
    servicesSignal: AbortSignal,
  ): Promise<readonly ServiceEntry[]> {
    const { batch } = config.events;
    const connection = createBusConnection({
      bus: () => ({ ...busOptionsOf(config), name: `agent-${id}` }),
      clock,
      reconnectDelayMs: config.reconnect_delay,
      maxRetries: config.max_retries,
      optionalSubjects: [subjectFor("register", id, subjects)], // who else uses the id is heard where that is allowed
      onConnected: () => {
        if (connection.status().connects > 1) metrics.natsReconnects.inc();
        outbox.wake();
      },
      onDisconnected: () => outbox.wake(),
      onError: (kind) => metrics.natsErrors.inc({ kind }),
    });
    bus = connection;
    spool = await openOutboxSpool({ config, clock, memory: outbox, countDrops: countDrop }, servicesSignal);
    const writer = spool?.writer ?? outbox;
    const context: AgentContext = {
      ...kube,
      config,
      clusterId: id,
      connection,
      outbox: tracing === null ? writer : createTracedWriter(writer, tracing, id),
      metrics,
      countDrop,
      tracing,
      clock,
      subject: (kind) => subjectFor(kind, id, subjects),
    };
    events = config.enable_events ? await createEventServices(context, servicesSignal) : null;
    if (events !== null) spool?.tellGapsTo(events.noteGap);
    commands = config.enable_commands ? createCommandRunner(context) : null;
    const agentInfo = (): AgentInfo => ({
      cluster_id: id,
      version: options.version,
      start_time: new Date(startedAtMs).toISOString(),
      instance: options.instance,
      provider: identity?.provider ?? null,
      cluster_name: identity?.name ?? null,
      region: identity?.region ?? null,
      cluster_uid: clusterUid,
      capabilities: [
        ...(config.enable_events ? ["event_watch"] : []),
        ...(config.enable_metrics ? ["metrics_collect"] : []),
        ...(config.enable_commands ? ["command_execute"] : []),
      ],
    });
    publisher = createPublisher({
      outbox,
      session: connection.session,
      deliver: config.nats.delivery === "core" ? deliverCore : createJetStreamDelivery({
        stream: config.nats.stream,
        inFlightLimit: ACKS_AHEAD,
        ackTimeoutMs: ACK_TIMEOUT_MS,
      }),
      compose: {
        batch: batch.max_events > 1
          ? { maxEvents: batch.max_events, subject: subjectFor("events", id, subjects) }
          : null,
        gzipMinBytes: config.nats.compression.algorithm === "gzip" ? config.nats.compression.min_bytes : null,
      },
      batchWaitMs: batch.max_events > 1 ? batch.max_wait : null,
      clock,
      staleMetricsMs: 2 * config.metrics_interval,
      drainMs: DRAIN_MS,
      onFailure: (reason) => metrics.publishErrors.inc({ reason }),
    });
    const entries: ServiceEntry[] = [
      { service: connection, stopMs: 1_000, onFailure: "fatal" },
      ...(events?.saver === undefined || events.saver === null ? [] : [events.saver]),
      ...(spool === null ? [] : [{ service: spool.service, stopMs: 1_000, onFailure: "fatal" as const }]),
      {
        service: publisher,
        stopMs: DRAIN_MS + 200,
        onFailure: "restart",
      },
      {
        service: createHeartbeat({
          clock,
          intervalMs: config.heartbeat_interval,
          subjects: subjects,
          session: connection.session,
          sessionChanged: connection.changed,
          agentInfo,
          heartbeat: () => {
            const problems = health.problems();
            const sizes = queues();
            return {
              cluster_id: id,
              timestamp: new Date(clock.now()).toISOString(),
              status: problems.length === 0 ? "healthy" : "degraded",
              metrics: {
                event_queue_size: sizes.event,
                metrics_queue_size: sizes.metrics,
                command_queue_size: commands?.queued() ?? 0,
                result_queue_size: sizes.result,
                uptime_seconds: Math.round((clock.now() - startedAtMs) / 1000),
              },
              ...(problems.length === 0 ? {} : { reasons: [...problems] }),
            };
          },
          onStale: () => countDrop("heartbeat", "stale"),
        }),
        stopMs: 500,
        onFailure: "restart",
      },
    ];
    entries.push(...createIdentityServices(context, agentInfo));
    if (events !== null) entries.push(events.watcher);
    if (commands !== null) entries.push({ service: commands, stopMs: 2_500, onFailure: "restart" });
    if (config.enable_metrics) {
      const service = createReportService({
        collectors: createCollectors({
          client: kube.client,
          clock,
          telemetry: metrics,
          collectors: config.metrics.collectors,
          namespaces: config.metrics.namespaces,
          labels: config.metrics.labels,
          annotations: config.metrics.annotations,
          countSecrets: config.metrics.count_secrets,
        }),
        outbox: tracing === null ? outbox : createTracedWriter(outbox, tracing, id),
        telemetry: metrics,
        clock,
        clusterId: id,
        subject: subjectFor("metrics", id, subjects),
        intervalMs: config.metrics_interval,
        deadlineMs: config.metrics.deadline,
        maxPayload: () => connection.session()?.maxPayload ?? USUAL_MAX_PAYLOAD,
      });
      entries.push({ service, stopMs: 500, onFailure: "restart" });
    }
    return entries;
  }

  await runServices(
    [
      { service: healthServer, stopMs: 500, onFailure: "fatal" },
      {
        service: createHeapTrimmer({ heap: openHeap(), clock, onTrim: () => metrics.heapTrims.inc() }),
        stopMs: 500,
        onFailure: "restart",
      },
      { service: core, stopMs: 2_600, onFailure: "fatal" },
    ],
    runOptions,
    signal,
  );
}
/** The token that the agent itself shows to the API server; only its issuer is read. */
async function bearerTokenOf(access: KubeAccess): Promise<string> {
  const { headers } = await access.credentials(false);
  return (headers.authorization ?? "").replace(/^Bearer /i, "");
}
