import type { SandboxApi } from "../../sandbox/api/sandbox_api.ts";

type Json = Readonly<Record<string, unknown>>;

/** A template of a Deployment and the ReplicaSet made from it. */
export interface Template {
  readonly app: string;
  readonly hash: string;
  readonly revision: number;
  readonly image: string;
  readonly memory: string;
  /** It was made so long ago. */
  readonly ageMs: number;
}

interface PodState {
  readonly id: string;
  /** "" while no node has room. */
  readonly node: string;
  /** Not ready, with this status of its container. */
  readonly trouble?: Json;
  /** Why it can't be scheduled. */
  readonly unschedulable?: string;
  /** It was deleted, and its grace period of a second runs. */
  readonly deleted?: boolean;
}

/** An Event, as a component writes it. */
interface DemoEvent {
  readonly kind: string;
  readonly name: string;
  readonly reason: string;
  readonly type: "Normal" | "Warning";
  readonly message: string;
  readonly component: string;
  /** Of a pod: the container that it is about. */
  readonly container?: string;
  readonly count?: number;
  /** It has gone on for so long: the first moments of some faults are routine. */
  readonly sinceMs?: number;
}

/** The demo's cluster: what kubelets and controllers would write into the API, each call one of their writes. */
export interface DemoCluster {
  putNode(name: string, ready: "True" | "Unknown"): void;
  /** The Deployment with its ReplicaSet; `ready` of its `replicas` are. */
  putTemplate(template: Template, replicas: number, ready: number): void;
  putPod(template: Template, state: PodState): void;
  removePod(template: Template, id: string): void;
  /** What the container before the present one has written. */
  putLog(template: Template, id: string, text: string): void;
  putEvent(event: DemoEvent): void;
  /** Deletes all of it, as if it had never been. */
  clear(): void;
}

const NAMESPACE = "shop";
export const podName = ({ app, hash }: Pick<Template, "app" | "hash">, id: string): string => `${app}-${hash}-${id}`;

/** Creates an empty cluster on an API server. */
export function createDemoCluster({ store, logs, putEvent }: SandboxApi): DemoCluster {
  const made: (readonly [resource: string, namespace: string, name: string])[] = [];

  function put(resource: string, namespace: string, name: string, metadata: Json, rest: Json): void {
    const inside = namespace === "" ? {} : { namespace };
    made.push([resource, namespace, name]);
    store.put(resource, { metadata: { name, ...inside, ...metadata }, ...rest });
  }

  return {
    putNode(name, ready) {
      const known = ready === "True" ? "False" : "Unknown";
      const silent = [{ key: "node.kubernetes.io/unreachable", effect: "NoExecute" }];
      put("nodes", "", name, {}, {
        spec: ready === "True" ? {} : { taints: silent },
        status: {
          allocatable: { cpu: "4", memory: "8Gi", pods: "110" },
          conditions: [
            ...["MemoryPressure", "DiskPressure", "PIDPressure"].map((type) => condition(type, known)),
            condition("Ready", ready, ready === "True" ? "KubeletReady" : "NodeStatusUnknown"),
          ],
        },
      });
    },
    putTemplate(template, replicas, ready) {
      const { app, hash, revision, ageMs } = template;
      const wanted = { replicas, selector: { matchLabels: { app } }, template: templateOf(template) };
      put("replicasets", NAMESPACE, `${app}-${hash}`, {
        labels: { app },
        annotations: { "deployment.kubernetes.io/revision": String(revision) },
        creationTimestamp: ago(ageMs),
        ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: app, controller: true }],
      }, { spec: wanted, status: { replicas, readyReplicas: ready } });
      put("deployments", NAMESPACE, app, { generation: revision }, {
        spec: { ...wanted, strategy: { type: "RollingUpdate" } },
        status: {
          observedGeneration: revision,
          replicas,
          updatedReplicas: replicas,
          readyReplicas: ready,
          availableReplicas: ready,
          conditions: [condition("Available", "True"), condition("Progressing", "True")],
        },
      });
    },
    putPod(template, state) {
      const { app, hash, ageMs } = template;
      const deleted = state.deleted === true ? { deletionTimestamp: ago(-1_000), deletionGracePeriodSeconds: 1 } : {};
      put("pods", NAMESPACE, podName(template, state.id), {
        labels: { app, "pod-template-hash": hash },
        creationTimestamp: ago(ageMs),
        ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: `${app}-${hash}`, controller: true }],
        ...deleted,
      }, {
        spec: { ...templateOf(template).spec, ...(state.node === "" ? {} : { nodeName: state.node }) },
        status: podStatus(template, state),
      });
    },
    removePod: (template, id) => void store.remove("pods", NAMESPACE, podName(template, id)),
    putLog: (template, id, text) =>
      logs.put({ namespace: NAMESPACE, pod: podName(template, id), container: "app", previous: true }, text),
    putEvent({ kind, name, reason, type, message, component, container, count = 1, sinceMs = 0 }) {
      const namespace = kind === "Node" ? "default" : NAMESPACE;
      const scope = kind === "Node" ? {} : { namespace };
      const known = store.get(`${kind.toLowerCase()}s`, kind === "Node" ? "" : namespace, name);
      const event = `${name}.${reason.toLowerCase()}`;
      made.push(["events", namespace, event]);
      putEvent({
        metadata: { name: event, namespace },
        involvedObject: {
          kind,
          ...scope,
          name,
          apiVersion: "v1",
          uid: known?.metadata.uid ?? `uid-${name}`,
          ...(container === undefined ? {} : { fieldPath: `spec.containers{${container}}` }),
        },
        reason,
        type,
        message,
        count,
        firstTimestamp: ago(sinceMs),
        lastTimestamp: ago(0),
        source: { component },
        reportingComponent: component,
      });
    },
    clear() {
      for (const [resource, namespace, name] of made.splice(0)) store.remove(resource, namespace, name);
    },
  };
}

function templateOf({ app, image, memory }: Template) {
  return {
    metadata: { labels: { app } },
    spec: { containers: [{ name: "app", image, resources: { limits: { memory } } }] },
  };
}

function podStatus({ image }: Template, { trouble, unschedulable }: PodState): Json {
  const ready = trouble === undefined ? "True" : "False";
  if (unschedulable !== undefined) {
    return {
      phase: "Pending",
      conditions: [{ ...condition("PodScheduled", "False", "Unschedulable"), message: unschedulable }],
    };
  }
  const up = { restartCount: 0, state: { running: { startedAt: ago(0) } }, lastState: {} };
  return {
    phase: "Running",
    conditions: [
      condition("PodScheduled", "True"),
      condition("Initialized", "True"),
      condition("ContainersReady", ready),
      condition("Ready", ready),
    ],
    containerStatuses: [{ name: "app", image, ready: ready === "True", ...up, ...trouble }],
  };
}

const condition = (type: string, status: string, reason = "") => ({
  type,
  status,
  reason,
  lastTransitionTime: ago(0),
});

/** As Kubernetes writes times: to the second. */
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString().replace(/\.\d+Z$/, "Z");
