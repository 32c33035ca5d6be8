import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { type Child, startChild } from "../../sandbox/child_process.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { OBJECT_RULE_IDS } from "../../src/objects/object_rules.ts";
import { type Event, eventSchema } from "../../src/wire/event.ts";
import { collectNats } from "./collect_nats.ts";
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "./control_plane.ts";
import { PROGRAM } from "./program_under_test.ts";

type Json = Readonly<Record<string, unknown>>;

/** The end of a fault, as the agent's log has it. */
export interface LoggedEnd {
  readonly rule: string;
  readonly fault: string;
  readonly by: string;
  readonly proof: string;
}

export interface HeardReport {
  readonly event: Event;
  /** `performance.now()` at arrival. */
  readonly heardAtMs: number;
}

/** A real control plane with simulated nodes, nodes of the test's own, and the agent as a process of its own. */
export interface ObjectRig extends AsyncDisposable {
  readonly plane: ControlPlane;
  /** kubectl as administrator; words are split at spaces, the last arguments stand as they are. */
  kubectl(line: string, ...rest: readonly string[]): Promise<string>;
  create(object: Json): Promise<void>;
  /** Replaces the status of a pod or node, or patches it where `merge` says so. */
  patchStatus(kind: string, name: string, status: Json, namespace?: string): Promise<void>;
  startAgent(): Promise<void>;
  /** Removes what an agent that was stopped kept. */
  forgetState(): Promise<void>;
  /** Ends the agent as Kubernetes does, waiting for its end. */
  stopAgent(): Promise<void>;
  /** Everything that was reported, copies included. */
  events(): readonly HeardReport[];
  /** Faults of objects that were reported, copies included. */
  reports(): readonly HeardReport[];
  /** The messages on `agent.update.<id>`. */
  updates(): readonly Json[];
  /** Every message of the agent, whatever it is about, as one text. */
  everything(): string;
  ends(): Promise<readonly LoggedEnd[]>;
  /** Lines of the agents' logs that hold all these texts. */
  logLines(...texts: readonly string[]): Promise<readonly string[]>;
}

export interface ObjectRigOptions extends ControlPlaneOptions {
  /** `for` and `hold` of every rule: nobody waits a quarter of an hour for a test. */
  readonly forTime: string;
  readonly holdTime: string;
  readonly config?: Json;
  /** Resources that the agent may not read. */
  readonly withheld?: readonly string[];
}

const READS = [
  ...["events", "namespaces", "nodes", "pods", "services", "configmaps", "pods/log"],
  ...["deployments.apps", "statefulsets.apps", "daemonsets.apps"],
  ...["horizontalpodautoscalers.autoscaling", "apiservices.apiregistration.k8s.io"],
];

/** Starts everything but the agent. */
export async function startObjectRig(options: ObjectRigOptions): Promise<ObjectRig> {
  await using stack = new AsyncDisposableStack();
  const plane = stack.use(await startControlPlane(options));
  const nats = stack.use(await startNatsServer());
  const collector = stack.use(await collectNats(nats.url, ["agent.>"]));
  const dir = stack.use(await createTempDir("object-rig"));
  const kubectl = (line: string, ...rest: readonly string[]) => plane.kubectl([...line.split(" "), ...rest]);
  const reads = READS.filter((resource) => !(options.withheld ?? []).includes(resource));
  await kubectl("create namespace agent");
  await kubectl(`create clusterrole agent --verb=get,list,watch --resource=${reads.join(",")}`);
  await kubectl("create clusterrolebinding agent --clusterrole=agent --serviceaccount=agent:agent");
  const env = { ...await plane.enterPod("agent", "agent"), HOME: dir.path };
  const config = {
    central_endpoint: nats.url,
    cluster_id: "objects",
    reconnect_delay: "1s",
    max_retries: -1,
    health_port: 0,
    log_format: "json",
    metrics_interval: "30s",
    enable_commands: false,
    state: { kind: "file", path: dir.file("state", "checkpoint.json") },
    objects: { rules: OBJECT_RULE_IDS.map((id) => ({ id, for: options.forTime, hold: options.holdTime })) },
    ...options.config,
  };
  await writeFile(dir.file("config.yaml"), JSON.stringify(config));
  const events = (): readonly HeardReport[] =>
    collector.messages.filter(({ subject }) => subject === "agent.event.objects").map(({ json, receivedAtMs }) => ({
      event: eventSchema.parse(json),
      heardAtMs: receivedAtMs,
    }));
  let agent: Child | null = null;
  let logs = 0;
  const logFiles: string[] = [];
  const readLog = async () =>
    (await Promise.all(logFiles.map((file) => readFile(file, "utf8")))).flatMap((text) => text.split("\n"));
  stack.defer(async () => void await agent?.stop());
  const inner = stack.move();

  return {
    plane,
    kubectl,
    create: async (object) => void await plane.kubectl(["create", "-f", "-"], JSON.stringify(object)),
    async patchStatus(kind, name, status, namespace) {
      const plural = `${kind.toLowerCase()}s`;
      const [base, scope] = [basesOf[kind] ?? "/api/v1", namespace === undefined ? "" : `/namespaces/${namespace}`];
      const answer = await plane.request("PATCH", `${base}${scope}/${plural}/${name}/status`, { status }, {
        "content-type": "application/strategic-merge-patch+json",
      });
      assert.equal(answer.status, 200, `patch ${kind} ${name}: ${JSON.stringify(answer.json).slice(0, 400)}`);
    },
    async startAgent() {
      const logFile = dir.file(`agent-${++logs}.log`);
      logFiles.push(logFile);
      agent = await startChild({
        command: PROGRAM.command,
        args: [...PROGRAM.args, "run", "--config", dir.file("config.yaml")],
        env,
        logFile,
      });
      await collector.waitForCount(logs, ({ subject }) => subject === "agent.register.objects", 60_000);
    },
    forgetState: () => rm(dir.file("state"), { recursive: true }),
    async stopAgent() {
      await agent?.stop();
      agent = null;
    },
    events,
    reports: () => events().filter(({ event }) => event.type === "k8s_state"),
    updates: () =>
      collector.messages.filter(({ subject }) => subject === "agent.update.objects").map(({ json }) => asJson(json)),
    everything: () => JSON.stringify(collector.messages.map(({ subject, headers, json }) => [subject, headers, json])),
    ends: async () => (await readLog()).flatMap(readEnd),
    logLines: async (...texts) => (await readLog()).filter((line) => texts.every((text) => line.includes(text))),
    [Symbol.asyncDispose]: () => inner.disposeAsync(),
  };
}

const basesOf: Readonly<Record<string, string>> = { HorizontalPodAutoscaler: "/apis/autoscaling/v2" };

function asJson(value: unknown): Json {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function readEnd(line: string): readonly LoggedEnd[] {
  if (!line.includes("A fault of an object has ended")) return [];
  const { fields } = JSON.parse(line);
  const { rule, fault, by, proof } = fields;
  return [{ rule, fault, by, proof }];
}
