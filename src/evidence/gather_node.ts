import { rfc3339 } from "../wire/rfc3339.ts";
import { type JsonObject as RawObject, listOf, objectOf, textOf } from "../inventory/json_field.ts";
import { compact } from "../lifecycle/compact.ts";
import type { JsonObject } from "../redaction/redact_value.ts";
import { clipText } from "./clip_text.ts";
import { chooseContainer, exitCodeOf } from "./container_choice.ts";
import { amounts } from "./describe_container.ts";
import { allowed, conditionsOf } from "./describe_pod.ts";
import { Omission } from "./evidence_part.ts";
import type { Gather, Scene } from "./scene.ts";

/** Families whose faults a node makes. */
const OF_NODES: ReadonlySet<string> = new Set(["node", "place", "eviction"]);
/** SIGKILL, which may be the kernel's or a reboot's, and what is written when nobody knows. */
const FROM_OUTSIDE: ReadonlySet<number> = new Set([137, 255]);
const NAMES = 10;

/** The node: as the roster knows it, and read where a node may have made the fault. */
export const gatherNode: Gather = async (scene) => {
  const { sighting, stamp } = scene.request;
  const isNode = sighting.object.kind === "Node";
  const name = isNode ? sighting.object.name : stamp.node ?? await nodeOfPod(scene);
  if (name === "") return null;
  const known = fromRoster(scene, name);
  const isAsked = isNode || OF_NODES.has(stamp.incident.family) || await endedFromOutside(scene);
  if (!isAsked) return known;
  try {
    const node = await scene.api.get({ api: "/api/v1", resource: "nodes", namespace: "", name });
    return { ...known, ...describeNode(node, scene) };
  } catch (error) {
    // What the roster knows is better than nothing; without it, the reason is told.
    if (error instanceof Omission && Object.keys(known).length > 1) return { ...known, not_read: error.reason };
    throw error;
  }
};

async function nodeOfPod(scene: Scene): Promise<string> {
  const pod = await podOrNull(scene);
  return pod === null ? "" : textOf(objectOf(pod.spec).nodeName);
}

/** A pod that can't be read has been told of as `container`. */
async function podOrNull(scene: Scene): Promise<RawObject | null> {
  try {
    return await scene.pod();
  } catch (error) {
    if (error instanceof Omission) return null;
    throw error;
  }
}

async function endedFromOutside(scene: Scene): Promise<boolean> {
  const pod = await podOrNull(scene);
  const status = pod === null ? {} : chooseContainer(pod, scene.request.sighting.container)?.status ?? {};
  return [status.state, status.lastState].some((state) =>
    FROM_OUTSIDE.has(exitCodeOf(objectOf(objectOf(state).terminated)))
  );
}

function fromRoster({ roster }: Scene, name: string): JsonObject {
  const node = roster.nodeOf(name);
  const pods = roster.podsOfNode(name);
  const unready = pods.filter(({ ready }) => !ready);
  return compact({
    name,
    ready: node?.ready,
    ready_since: node === null || node.readySinceMs === null ? undefined : rfc3339(node.readySinceMs),
    schedulable: node?.schedulable,
    taints: node === null || node.taints.length === 0
      ? undefined
      : node.taints.slice(0, 32).map((taint) => clipText(taint, 400) ?? ""),
    pool: node?.pool ?? undefined,
    pods: pods.length === 0 ? undefined : pods.length,
    pods_not_ready: pods.length === 0 ? undefined : unready.length,
    not_ready: unready.length === 0 ? undefined : unready.slice(0, NAMES).map((pod) => `${pod.namespace}/${pod.name}`),
  });
}

function describeNode(node: RawObject, { allow }: Scene): JsonObject {
  const [metadata, spec, status] = [objectOf(node.metadata), objectOf(node.spec), objectOf(node.status)];
  const info = objectOf(status.nodeInfo);
  const taints = listOf(spec.taints).slice(0, 32).map(objectOf)
    .map(({ key, value, effect }) =>
      clipText(`${textOf(key)}${textOf(value) === "" ? "" : `=${textOf(value)}`}:${textOf(effect)}`, 400) ?? ""
    );
  return compact({
    created_at: clipText(metadata.creationTimestamp, 64),
    labels: allowed(metadata.labels, allow.labels),
    schedulable: spec.unschedulable !== true,
    taints: taints.length === 0 ? undefined : taints,
    conditions: conditionsOf(status.conditions),
    heartbeat_at: heartbeatOf(status.conditions),
    capacity: amounts(status.capacity),
    allocatable: amounts(status.allocatable),
    kubelet: clipText(info.kubeletVersion, 64),
    runtime: clipText(info.containerRuntimeVersion, 64),
    kernel: clipText(info.kernelVersion, 128),
    os: clipText(info.osImage, 128),
  });
}

/** When the kubelet last wrote its status. */
function heartbeatOf(conditions: unknown): string | undefined {
  const ready = listOf(conditions).map(objectOf).find(({ type }) => type === "Ready");
  return clipText(ready?.lastHeartbeatTime, 64);
}
