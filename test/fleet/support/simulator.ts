/** A process with many agents of a simulated fleet; orders come on standard input, a line each. */
import "../../support/ignore_stray_socket_errors.ts";
import { createInterface } from "node:readline";
import process from "node:process";
import type { AgentContext } from "../../../src/agent/agent_context.ts";
import { createKubeHttpClient } from "../../../src/kube/kube_http_client.ts";
import { SOLE_AGENT } from "../../../src/lead/leadership.ts";
import { systemClock } from "../../../src/lifecycle/clock.ts";
import { createMemoryBudget } from "../../../src/lifecycle/memory_budget.ts";
import { createRecentEvents } from "../../../src/outbox/recent_events.ts";
import { createRedactor } from "../../../src/redaction/redactor.ts";
import { createTelemetry, type Telemetry } from "../../../src/telemetry/telemetry.ts";
import { subjectFor } from "../../../src/wire/subject.ts";
import { createSightingSource } from "../../bench/event_source.ts";
import { parseConfig } from "../../support/parse_config.ts";
import { openBareClients } from "./bare_clients.ts";
import { type SimulatedAgent, startSimulatedAgent } from "./simulated_agent.ts";
import { type Order, orderSchema, simulatorPlanSchema, type Telling } from "./simulator_messages.ts";

/** Of each agent, as in the container of the manifests. */
const MEMORY_BYTES = 150 * 2 ** 20;
/** Occurrences of one simulator never meet those of another. */
const OCCURRENCES = 10_000_000;

const plan = simulatorPlanSchema.parse(JSON.parse(process.argv[2] ?? ""));
const never = new AbortController().signal;
const connectsMs: number[] = [];
const onConnected = () => void connectsMs.push(Date.now());
const nextSighting = createSightingSource(plan.number * OCCURRENCES);
let made = 0;
let agents: readonly SimulatedAgent[] = [];
const errors: Record<string, number> = {};

async function start(): Promise<void> {
  if (plan.bare) {
    agents = await openBareClients(await parseConfig(plan.config), plan.clusterIds, onConnected);
    return;
  }
  const shared = await createSurroundings();
  agents = await Promise.all(plan.clusterIds.map((clusterId) =>
    startSimulatedAgent({
      context: { ...shared, clusterId, subject: subjectOf(shared, clusterId), recent: createRecentEvents() },
      instance: `simulated-${plan.number}-${clusterId}`,
      onConnected,
    })
  ));
}

async function createSurroundings(): Promise<Omit<AgentContext, "clusterId" | "subject" | "recent">> {
  const config = { ...await parseConfig(plan.config), heartbeat_interval: plan.heartbeatMs };
  const access: AgentContext["access"] = {
    server: "https://127.0.0.1:1", // nothing here asks a cluster
    source: "simulated",
    namespace: null,
    kubeconfig: null,
    credentials: () => Promise.reject(new Error("There is no cluster")),
    close() {},
  };
  return {
    config,
    access,
    client: createKubeHttpClient({ access, userAgent: "agent/simulated" }),
    accessPlan: { kind: "in-cluster", host: "127.0.0.1", port: "1", serviceAccountDir: "/" },
    leadership: SOLE_AGENT,
    telemetry: countingErrors(createTelemetry()),
    memory: createMemoryBudget(MEMORY_BYTES),
    redactor: createRedactor(config.redaction),
    tracing: null,
    clock: systemClock,
    startedAtMs: Date.now(),
    writeAudit: () => {},
  };
}

const subjectOf = ({ config }: Pick<AgentContext, "config">, id: string): AgentContext["subject"] => (kind) =>
  subjectFor(kind, id, { prefix: config.subject_prefix, template: config.subject_template });

async function report({ each, withinMs, clusters }: Extract<Order, { kind: "report" }>): Promise<void> {
  const reporting = clusters === undefined ? agents : agents.filter(({ clusterId }) => clusters.includes(clusterId));
  const startMs = performance.now();
  let done = 0;
  const total = each * reporting.length;
  for (let round = 0; round < each; round++) {
    const puts = reporting.map(async (agent) => {
      const dueMs = withinMs * done++ / total;
      const waitMs = startMs + dueMs - performance.now();
      if (waitMs > 0) await systemClock.sleep(waitMs, never);
      made++;
      await agent.report([nextSighting()]);
    });
    await Promise.all(puts);
  }
}

/** One for all agents of the process: a registry takes more memory than everything else that an agent is. */
function countingErrors(telemetry: Telemetry): Telemetry {
  const { natsErrors } = telemetry;
  return {
    ...telemetry,
    natsErrors: {
      inc(labels, count) {
        errors[labels.kind] = (errors[labels.kind] ?? 0) + 1;
        natsErrors.inc(labels, count);
      },
    },
  };
}

function tell(number: number, order: Order): void {
  const sinceMs = order.kind === "tell" ? order.connectsSinceMs ?? Infinity : Infinity;
  const sum = (count: (agent: SimulatedAgent) => number) => agents.reduce((total, agent) => total + count(agent), 0);
  const telling: Telling = {
    number,
    connected: sum((agent) => agent.connected() ? 1 : 0),
    connectsMs: connectsMs.filter((atMs) => atMs >= sinceMs),
    errors,
    made,
    undelivered: sum((agent) => agent.undelivered()),
    dropped: sum((agent) => agent.dropped()),
  };
  process.stdout.write(`${JSON.stringify(telling)}\n`);
}

async function obey(order: Order): Promise<void> {
  if (order.kind === "start") await start();
  else if (order.kind === "report") await report(order);
  else if (order.kind === "stop") await Promise.all(agents.map((agent) => agent.stop()));
}

for await (const line of createInterface({ input: process.stdin })) {
  const { number, order } = orderSchema.parse(JSON.parse(line));
  // Not waited for: events are made while others ask how it goes.
  obey(order).then(() => tell(number, order)).catch((error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  });
}
process.exit(0);
