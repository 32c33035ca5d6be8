import { conditionOf, quoted, stampOf } from "./condition_of.ts";
import { childOomKilled, containerExited, containerOomKilled } from "./container_ends.ts";
import { CONFIG_REASONS, configWaiting, containerLoops, IMAGE_REASONS, imageWaiting } from "./container_waits.ts";
import type { Finding } from "./object_rule.ts";
import type { PodView } from "./pod_view.ts";

/** What the rules about pods ask beside the pod itself. */
export interface PodSurroundings {
  /** Whether the node is known and not ready: then the pod's own state says nothing new. */
  readonly isNodeDown: (node: string) => boolean;
}

/** `scheduling.pod.pending`: the condition has the present reason; Events of one series show the first for half an hour. */
function unschedulable({ status }: PodView): readonly Finding[] {
  const scheduled = conditionOf(status, "PodScheduled");
  if (scheduled === null || scheduled.status !== "False" || scheduled.reason !== "Unschedulable") return [];
  return [{
    container: "",
    reason: "Unschedulable",
    message: `No node takes the pod${quoted(scheduled.message)}`,
    sinceMs: scheduled.sinceMs,
    occurrence: stampOf(scheduled.sinceMs),
  }];
}

/** `sandbox.pod.starting`. */
function neverStarted({ phase, status, containers, hasStatuses, node }: PodView): readonly Finding[] {
  const scheduled = conditionOf(status, "PodScheduled");
  if (phase !== "Pending" || scheduled?.status !== "True") return [];
  const explained = containers.some(({ running, terminated, lastTerminated, waiting }) =>
    running !== null || terminated !== null || lastTerminated !== null ||
    (waiting !== null && (IMAGE_REASONS.has(waiting.reason) || CONFIG_REASONS.has(waiting.reason)))
  );
  if (explained) return [];
  return [{
    container: "",
    reason: hasStatuses ? "ContainerCreating" : "KubeletSilent",
    message: hasStatuses
      ? `No container of the pod has started on ${node}: its sandbox, network, volumes or images are not ready`
      : `The kubelet of ${node} has said nothing of the pod since it was scheduled there`,
    sinceMs: scheduled.sinceMs,
    occurrence: stampOf(scheduled.sinceMs),
  }];
}

/** `crash.init.stuck`. */
function initStuck({ status, containers }: PodView): readonly Finding[] {
  if (conditionOf(status, "Initialized")?.status === "True") return [];
  return containers.flatMap(({ name, role, running, restarts }) => {
    if (role !== "init" || running === null) return [];
    return [{
      container: name,
      reason: "InitContainerRunning",
      message: `Init container ${name} does not come to an end, so the pod's own containers do not start`,
      sinceMs: running.startedMs,
      occurrence: stampOf(running.startedMs),
      facts: { name, restarts },
    }];
  });
}

/** `probe.pod.not_ready`. */
function notReady({ phase, status, containers, readinessGates }: PodView): readonly Finding[] {
  const ready = conditionOf(status, "Ready");
  if (phase !== "Running" || ready?.status !== "False") return [];
  const lasting = containers.filter(({ role }) => role !== "init");
  if (!lasting.every(({ running }) => running !== null)) return []; // what ended or waits has a rule of its own
  const unready = lasting.filter((container) => !container.ready).map(({ name }) => name);
  const gates = readinessGates.filter((gate) => conditionOf(status, gate)?.status !== "True");
  const why = [
    ...(unready.length === 0 ? [] : [`not ready: ${unready.join(", ")}`]),
    ...(gates.length === 0 ? [] : [`readiness gates not met: ${gates.join(", ")}`]),
  ].join("; ");
  return [{
    container: unready.length === 1 ? unready[0] ?? "" : "",
    reason: ready.reason || "NotReady",
    message: `The pod runs and is not ready${quoted(why || ready.message)}`,
    sinceMs: ready.sinceMs,
    occurrence: stampOf(ready.sinceMs),
  }];
}

/** `lifecycle.pod.terminating`: `deletionTimestamp` is when the grace period ends. */
function stillTerminating({ deletionMs, finalizers, node }: PodView): readonly Finding[] {
  if (deletionMs === null) return [];
  const why = finalizers.length > 0
    ? `finalizers: ${finalizers.join(", ")}`
    : node === ""
    ? ""
    : `the kubelet of ${node} has not confirmed its end`;
  return [{
    container: "",
    reason: "Terminating",
    message: `The pod was deleted but does not terminate${quoted(why)}`,
    sinceMs: deletionMs,
    occurrence: stampOf(deletionMs),
  }];
}

/** The predicates that rules about pods name. */
export const POD_PREDICATES: Readonly<Record<string, (pod: PodView) => readonly Finding[]>> = {
  containerOomKilled,
  childOomKilled,
  containerExited,
  containerLoops,
  imageWaiting,
  configWaiting,
  unschedulable,
  neverStarted,
  initStuck,
  notReady,
  stillTerminating,
};

/** The excuses that rules about pods name. */
export const POD_EXCUSES: Readonly<Record<string, (pod: PodView, around: PodSurroundings) => boolean>> = {
  deleted: ({ deletionMs }) => deletionMs !== null,
  /** Evicted, preempted or taken off by a taint: on purpose. */
  disrupted: ({ status }) => conditionOf(status, "DisruptionTarget")?.status === "True",
  finished: ({ phase }) => phase === "Succeeded" || phase === "Failed",
  gated: ({ status }) => conditionOf(status, "PodScheduled")?.reason === "SchedulingGated",
  /** The Job decides what a pod that failed means. */
  job: ({ controllerKind }) => controllerKind === "Job",
  node_not_ready: ({ node }, { isNodeDown }) => node !== "" && isNodeDown(node),
};
