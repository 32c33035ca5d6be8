import { eventually } from "../../sandbox/eventually.ts";
import type { ObjectRig } from "./object_rig.ts";
import { type PodShape, podShape, terminated, waiting } from "./object_shapes.ts";

type Json = Readonly<Record<string, unknown>>;

/** One fault: how it comes, and how it goes. */
export interface PlantedFault {
  readonly rule: string;
  /** What the report names. */
  readonly name: string;
  readonly by: "objects" | "gone";
  plant(rig: ObjectRig): Promise<void>;
  /** Absent: it mends itself, as a container that was started again does. */
  mend?(rig: ObjectRig): Promise<void>;
}

/** Nodes that nobody simulates: what is on them is what a test writes. */
export const OWN_NODES = Array.from({ length: 6 }, (_, index) => `own-${index + 1}`);

/** A whole second of now, as kubelets write times. */
export const nowText = () => new Date().toISOString().replace(/\.\d+Z$/, "Z");

/** Makes the nodes of `OWN_NODES`, ready. */
export async function createOwnNodes(rig: ObjectRig): Promise<void> {
  for (const name of OWN_NODES) {
    await rig.create({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, labels: { own: "yes", "kubernetes.io/hostname": name } },
      spec: { taints: [{ key: "own", effect: "NoSchedule" }] }, // for what a test puts there
    });
    await setNode(rig, name, {});
  }
}

/** Writes a node's conditions; what is not given is as on a healthy node. */
export async function setNode(rig: ObjectRig, name: string, given: Readonly<Record<string, string>>): Promise<void> {
  const conditions = { MemoryPressure: "False", DiskPressure: "False", NetworkUnavailable: "False", Ready: "True" };
  const size = { cpu: "8", memory: "64Gi", pods: "110" };
  await rig.patchStatus("Node", name, {
    allocatable: size,
    capacity: size,
    conditions: Object.entries({ ...conditions, ...given }).map(([type, status]) => ({
      type,
      status,
      reason: "Planted",
      lastTransitionTime: nowText(),
      lastHeartbeatTime: nowText(),
    })),
  });
}

/** A pod on a node of the test's own, with its status as given. */
export async function createOwnPod(rig: ObjectRig, name: string, shape: PodShape, metadata: Json = {}): Promise<void> {
  const { spec } = podShape(shape);
  const given: Json = typeof spec === "object" && spec !== null ? { ...spec } : {};
  await rig.create({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", ...metadata },
    spec: { tolerations: [{ operator: "Exists" }], ...given, nodeName: "own-1" },
  });
  await setPod(rig, name, shape);
}

/** Writes the status of a pod; its times are now. */
export async function setPod(rig: ObjectRig, name: string, shape: PodShape): Promise<void> {
  const { status } = podShape(shape);
  const text = JSON.stringify(status).replaceAll("2026-03-01T12:00:00Z", nowText())
    .replaceAll("2026-03-01T11:59:00Z", nowText()).replaceAll("containerd://4f5c6d", `containerd://${name}`);
  await rig.patchStatus("Pod", name, JSON.parse(text), "default");
}

const RUNNING: PodShape = {};
const PENDING = { phase: "Pending", conditions: { Ready: "False", ContainersReady: "False" } } as const;

/** A fault of a pod of nobody: by its status, and mended by another. */
function podFault(rule: string, shape: PodShape, mended: PodShape | null = RUNNING): PlantedFault {
  const name = rule.replaceAll(/[._]/g, "-");
  return {
    rule,
    name,
    by: "objects",
    plant: (rig) => createOwnPod(rig, name, shape),
    ...(mended === null ? {} : { mend: (rig: ObjectRig) => setPod(rig, name, mended) }),
  };
}

const restarted = (reason: string, exitCode: number): PodShape => ({
  containers: [{ restartCount: 1, lastState: terminated(reason, exitCode) }],
});

const NOWHERE = { nodeSelector: { nowhere: "yes" } };
const template = (app: string, spec: Json = {}): Json => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: "app", image: "registry.example.com/shop/app:1.6" }], ...spec },
});
const workload = (kind: string, name: string, spec: Json, namespace = "default"): Json => ({
  apiVersion: "apps/v1",
  kind,
  metadata: { name, namespace },
  spec: { selector: { matchLabels: { app: name } }, ...spec },
});
const nodeFault = (rule: string, name: string, bad: Readonly<Record<string, string>>): PlantedFault => ({
  rule,
  name,
  by: "objects",
  plant: (rig) => setNode(rig, name, bad),
  mend: (rig) => setNode(rig, name, {}),
});

async function setAutoscaler(
  rig: ObjectRig,
  name: string,
  type: string,
  status: string,
  reason: string,
): Promise<void> {
  const conditions = [{ type, status, reason, message: "planted", lastTransitionTime: nowText() }];
  await rig.patchStatus(
    "HorizontalPodAutoscaler",
    name,
    { currentReplicas: 4, desiredReplicas: 4, conditions },
    "default",
  );
}

/** An autoscaler whose controller is off, so that its conditions are what a test writes. */
export async function createAutoscaler(rig: ObjectRig, name: string, min: number, max: number): Promise<void> {
  await rig.create({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name, namespace: "default" },
    spec: {
      minReplicas: min,
      maxReplicas: max,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      metrics: [{
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
      }],
    },
  });
}

const autoscalerFault = (rule: string, type: string, bad: readonly [string, string], good: string): PlantedFault => {
  const name = rule.replaceAll(".", "-");
  return {
    rule,
    name,
    by: "objects",
    async plant(rig) {
      await createAutoscaler(rig, name, 2, 4);
      await setAutoscaler(rig, name, type, ...bad);
    },
    mend: (rig) => setAutoscaler(rig, name, type, good, "Mended"),
  };
};

/** Every rule once, but the certificate's, which is planted before the agent starts. */
export const PLANTED_FAULTS: readonly PlantedFault[] = [
  podFault("oom.container.killed", restarted("OOMKilled", 137), null),
  podFault("oom.container.child_killed", restarted("OOMKilled", 0), null),
  podFault("crash.container.exit", restarted("Error", 1), null),
  podFault("crash.container.loop", {
    containers: [{
      restartCount: 6,
      ready: false,
      state: waiting("CrashLoopBackOff", "back-off 5m0s restarting failed container=app"),
      lastState: terminated("Completed", 0),
    }],
    conditions: { Ready: "False" },
  }),
  podFault("image.container.waiting", {
    ...PENDING,
    containers: [{ ready: false, state: waiting("ImagePullBackOff") }],
  }),
  podFault("config.container.waiting", {
    ...PENDING,
    containers: [{ ready: false, state: waiting("CreateContainerConfigError", `secret "db" not found`) }],
  }),
  {
    rule: "scheduling.pod.pending",
    name: "scheduling-pod-pending",
    by: "objects",
    plant: (rig) =>
      rig.create({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "scheduling-pod-pending", namespace: "default" },
        spec: { ...NOWHERE, containers: [{ name: "app", image: "registry.example.com/shop/app:1.6" }] },
      }),
    mend: async (rig) => void await rig.kubectl("label node node-1 nowhere=yes"),
  },
  podFault("sandbox.pod.starting", { ...PENDING, containers: [{ ready: false, state: waiting("ContainerCreating") }] }),
  podFault("crash.init.stuck", {
    ...PENDING,
    conditions: { ...PENDING.conditions, Initialized: "False" },
    initContainers: [{ name: "wait", ready: false }],
    containers: [{ ready: false, state: waiting("PodInitializing") }],
  }, { initContainers: [{ name: "wait", state: terminated("Completed", 0) }] }),
  podFault("probe.pod.not_ready", { containers: [{ ready: false }], conditions: { Ready: "False" } }),
  {
    rule: "lifecycle.pod.terminating",
    name: "lifecycle-pod-terminating",
    by: "gone",
    async plant(rig) {
      const metadata = { finalizers: ["example.com/drain"] };
      await createOwnPod(rig, "lifecycle-pod-terminating", RUNNING, metadata);
      await rig.kubectl("delete pod lifecycle-pod-terminating --wait=false --grace-period=0 --force");
    },
    mend: async (rig) =>
      void await rig.kubectl("patch pod lifecycle-pod-terminating --type=merge -p", `{"metadata":{"finalizers":null}}`),
  },
  nodeFault("node.ready.false", "own-2", { Ready: "False" }),
  nodeFault("node.pressure.lasting", "own-3", { MemoryPressure: "True" }),
  nodeFault("node.network.unavailable", "own-4", { NetworkUnavailable: "True" }),
  {
    rule: "node.ready.flapping",
    name: "own-5",
    by: "objects",
    async plant(rig) {
      for (const ready of ["False", "True", "False", "True", "False", "True"]) {
        await setNode(rig, "own-5", { Ready: ready });
      }
    },
  },
  {
    rule: "lifecycle.namespace.stuck",
    name: "stuck",
    by: "gone",
    async plant(rig) {
      await rig.kubectl("create namespace stuck");
      await rig.create({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "held", namespace: "stuck", finalizers: ["example.com/held"] },
      });
      await rig.kubectl("delete namespace stuck --wait=false");
    },
    mend: async (rig) =>
      void await rig.kubectl("-n stuck patch configmap held --type=merge -p", `{"metadata":{"finalizers":null}}`),
  },
  {
    rule: "deployment.rollout.stuck",
    name: "over-quota",
    by: "objects",
    async plant(rig) {
      await rig.kubectl("create namespace quota");
      await rig.kubectl("-n quota create quota none --hard=pods=0");
      const spec = { replicas: 1, progressDeadlineSeconds: 1, template: template("over-quota") };
      await rig.create(workload("Deployment", "over-quota", spec, "quota"));
    },
    async mend(rig) {
      await rig.kubectl("-n quota delete quota none");
      await rig.kubectl("-n quota rollout restart deployment over-quota");
    },
  },
  {
    rule: "deployment.available.none",
    name: "nowhere",
    by: "objects",
    async plant(rig) {
      const spec = {
        replicas: 2,
        progressDeadlineSeconds: 1,
        template: template("nowhere", { nodeSelector: { late: "yes" } }),
      };
      await rig.create(workload("Deployment", "nowhere", spec));
    },
    mend: async (rig) => void await rig.kubectl("label node node-1 late=yes"),
  },
  {
    rule: "deployment.stateful_set.stuck",
    name: "db",
    by: "objects",
    plant: (rig) =>
      rig.create(workload("StatefulSet", "db", {
        replicas: 2,
        serviceName: "db",
        podManagementPolicy: "Parallel",
        template: template("db", { nodeSelector: { db: "yes" } }),
      })),
    mend: async (rig) => void await rig.kubectl("label node node-1 db=yes"),
  },
  {
    rule: "deployment.daemon_set.short",
    name: "agent",
    by: "objects",
    plant: (rig) =>
      rig.create(workload("DaemonSet", "agent", {
        template: template("agent", { nodeSelector: { own: "yes" }, tolerations: [{ operator: "Exists" }] }),
      })),
    async mend(rig) {
      await eventually("all pods of the DaemonSet run", async () => {
        const names = await rig.kubectl("get pods -l app=agent -o name");
        const pods = names.trim().split("\n").map((line) => line.replace("pod/", ""));
        for (const pod of pods) await setPod(rig, pod, RUNNING);
        return pods.length === OWN_NODES.length || undefined;
      }, 30_000);
    },
  },
  {
    rule: "network.service.selects_none",
    name: "front",
    by: "objects",
    async plant(rig) {
      await rig.create(workload("Deployment", "front", { replicas: 1, template: template("front") }));
      await rig.create({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "front", namespace: "default" },
        spec: { selector: { app: "front", version: "v2" }, ports: [{ port: 80 }] },
      });
    },
    mend: async (rig) =>
      void await rig.kubectl("patch service front --type=merge -p", `{"spec":{"selector":{"version":null}}}`),
  },
  autoscalerFault("autoscaling.hpa.limited", "ScalingLimited", ["True", "TooManyReplicas"], "False"),
  autoscalerFault("autoscaling.hpa.blind", "ScalingActive", ["False", "FailedGetResourceMetric"], "True"),
  {
    rule: "network.api_service.down",
    name: "v1beta1.custom.metrics.k8s.io",
    by: "gone",
    plant: (rig) =>
      rig.create({
        apiVersion: "apiregistration.k8s.io/v1",
        kind: "APIService",
        metadata: { name: "v1beta1.custom.metrics.k8s.io" },
        spec: {
          group: "custom.metrics.k8s.io",
          version: "v1beta1",
          insecureSkipTLSVerify: true,
          groupPriorityMinimum: 100,
          versionPriority: 100,
          service: { name: "adapter", namespace: "default" },
        },
      }),
    mend: async (rig) => void await rig.kubectl("delete apiservice v1beta1.custom.metrics.k8s.io"),
  },
];
