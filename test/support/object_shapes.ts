/** Objects as a real API server and kubelet write them, with what a test wants changed. */
type Json = Readonly<Record<string, unknown>>;

/** A moment that all shapes count from. */
export const SHAPE_TIME = "2026-03-01T12:00:00Z";

export interface ContainerShape {
  readonly name?: string;
  readonly state?: Json;
  readonly lastState?: Json;
  readonly restartCount?: number;
  readonly ready?: boolean;
  /** `restartPolicy: Always` of an init container: a sidecar. */
  readonly restartPolicy?: string;
  readonly memory?: string;
}

export interface PodShape {
  readonly name?: string;
  readonly phase?: string;
  readonly metadata?: Json;
  readonly spec?: Json;
  readonly conditions?: Readonly<Record<string, Json | string>>;
  readonly containers?: readonly ContainerShape[];
  readonly initContainers?: readonly ContainerShape[];
  /** `false`: the kubelet has written no status of any container. */
  readonly statuses?: boolean;
}

export const running = (startedAt: string = SHAPE_TIME): Json => ({ running: { startedAt } });
export const waiting = (reason: string, message = ""): Json => ({ waiting: { reason, message } });
export const terminated = (reason: string, exitCode: number, more: Json = {}): Json => ({
  terminated: {
    containerID: "containerd://4f5c6d",
    reason,
    exitCode,
    startedAt: "2026-03-01T11:50:00Z",
    finishedAt: "2026-03-01T11:59:00Z",
    ...more,
  },
});

const conditionsOf = (given: Readonly<Record<string, Json | string>>): readonly Json[] =>
  Object.entries(given).map(([type, value]) => ({
    type,
    lastProbeTime: null,
    lastTransitionTime: SHAPE_TIME,
    ...(typeof value === "string" ? { status: value } : value),
  }));

/** A Pod of a Deployment that runs and is ready, unless told otherwise. */
export function podShape(shape: PodShape = {}): Json {
  const containers = shape.containers ?? [{}];
  const initContainers = shape.initContainers ?? [];
  const specOf = ({ name = "app", memory = "64Mi", restartPolicy }: ContainerShape): Json => ({
    name,
    image: "registry.example.com/shop/app:1.6",
    resources: memory === "" ? {} : { limits: { memory } },
    ...(restartPolicy === undefined ? {} : { restartPolicy }),
  });
  const statusOf = (
    { name = "app", state = running(), lastState = {}, restartCount = 0, ready = true }: ContainerShape,
  ): Json => ({
    name,
    state,
    lastState,
    restartCount,
    ready,
    started: ready,
    image: "registry.example.com/shop/app:1.6",
    containerID: "containerd://9a8b7c",
  });
  const statuses = shape.statuses === false ? {} : {
    containerStatuses: containers.map(statusOf),
    ...(initContainers.length === 0 ? {} : { initContainerStatuses: initContainers.map(statusOf) }),
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: shape.name ?? "web-6c9f7d5b8-2ptz5",
      namespace: "shop",
      uid: "11111111-2222-3333-4444-555555555555",
      creationTimestamp: "2026-03-01T11:40:00Z",
      labels: { app: "web", "pod-template-hash": "6c9f7d5b8" },
      ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-6c9f7d5b8", controller: true }],
      ...shape.metadata,
    },
    spec: {
      nodeName: "node-6",
      restartPolicy: "Always",
      containers: containers.map(specOf),
      ...(initContainers.length === 0 ? {} : { initContainers: initContainers.map(specOf) }),
      ...shape.spec,
    },
    status: {
      phase: shape.phase ?? "Running",
      conditions: conditionsOf({
        PodScheduled: "True",
        Initialized: "True",
        ContainersReady: "True",
        Ready: "True",
        ...shape.conditions,
      }),
      ...statuses,
    },
  };
}

/** A Node that is ready, unless told otherwise. */
export function nodeShape(
  shape: {
    readonly name?: string;
    readonly conditions?: Readonly<Record<string, Json | string>>;
    readonly spec?: Json;
  } = {},
): Json {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: shape.name ?? "node-6", uid: "22222222-2222-3333-4444-555555555555" },
    spec: { podCIDR: "10.0.6.0/24", ...shape.spec },
    status: {
      conditions: conditionsOf({
        MemoryPressure: "False",
        DiskPressure: "False",
        PIDPressure: "False",
        NetworkUnavailable: "False",
        Ready: "True",
        ...shape.conditions,
      }),
    },
  };
}

/** An object of another kind with conditions. */
export function objectShape(
  kind: string,
  shape: {
    readonly name?: string;
    readonly namespace?: string;
    readonly metadata?: Json;
    readonly spec?: Json;
    readonly status?: Json;
    readonly conditions?: Readonly<Record<string, Json | string>>;
  },
): Json {
  return {
    kind,
    metadata: {
      name: shape.name ?? "web",
      ...(shape.namespace === "" ? {} : { namespace: shape.namespace ?? "shop" }),
      uid: "33333333-2222-3333-4444-555555555555",
      generation: 3,
      creationTimestamp: "2026-03-01T10:00:00Z",
      ...shape.metadata,
    },
    spec: shape.spec ?? {},
    status: { observedGeneration: 3, ...shape.status, conditions: conditionsOf(shape.conditions ?? {}) },
  };
}
