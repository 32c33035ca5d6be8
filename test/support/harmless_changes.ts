import process from "node:process";
import { eventually } from "../../sandbox/eventually.ts";
import type { ObjectRig } from "./object_rig.ts";
import { terminated } from "./object_shapes.ts";
import { createAutoscaler, nowText, setNode, setPod } from "./planted_faults.ts";

/** Something that is done on purpose, or is as it should be. */
export interface HarmlessChange {
  readonly name: string;
  make(rig: ObjectRig): Promise<void>;
}

type Json = Readonly<Record<string, unknown>>;

const IMAGE = "registry.example.com/shop/app";
/** `OBJECTS_FULL=1` makes as much of it as a small cluster has. */
const IS_FULL = process.env.OBJECTS_FULL === "1";
const JOBS_DONE = IS_FULL ? 100 : 30;
const DEPLOYMENTS = Array.from({ length: IS_FULL ? 30 : 10 }, (_, index) => `svc-${index}`);
const WAIT = "--timeout=90s";

const deployment = (name: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "default" },
  spec: {
    replicas: 10,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "app", image: `${IMAGE}:1` }] } },
  },
});

const job = (name: string, spec: Readonly<Record<string, unknown>>, completions: number) => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name, namespace: "default" },
  spec: {
    completions,
    parallelism: completions,
    backoffLimit: 20,
    template: {
      spec: {
        restartPolicy: "Never",
        containers: [{ name: "app", image: `${IMAGE}:1` }],
        ...spec,
      },
    },
  },
});

const service = (name: string, spec: Json, metadata: Json = {}) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "default", ...metadata },
  spec: { ports: [{ port: 80 }], ...spec },
});

/** Services that have no pods, for good or for a while, as they should. */
function restingServices(): readonly Json[] {
  const main = DEPLOYMENTS[0] ?? "";
  const controller = { apiVersion: "example.com/v1", kind: "Cluster", name: main, uid: "0-0", controller: true };
  return [
    service("resting", { selector: { app: "resting" } }),
    service("leftover", { selector: { app: "leftover" } }),
    service("by-hand", {}),
    service("alias", { type: "ExternalName", externalName: "shop.example.com" }),
    service("operated", { selector: { app: main, part: "proxy" } }, { ownerReferences: [controller] }),
    service(`${main}-canary`, { selector: { app: main, track: "canary" } }),
    service("standby-replicas", { clusterIP: "None", selector: { app: main, role: "replica" } }),
    service("done", { selector: { "batch.kubernetes.io/job-name": "done" } }),
  ];
}

/** In their order. */
export const HARMLESS: readonly HarmlessChange[] = [
  {
    name:
      "Services before their workloads, of workloads at rest, of canaries, of operators, left over, without selector",
    async make(rig) {
      const items = [...DEPLOYMENTS.map((app) => service(app, { selector: { app } })), ...restingServices()];
      await rig.plane.kubectl(["create", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
      await rig.create({ ...deployment("resting"), spec: { ...deployment("resting").spec, replicas: 0 } });
    },
  },
  {
    name: "a namespace deleted with its Service and workload",
    async make(rig) {
      await rig.kubectl("create namespace leaving");
      const metadata = { name: "front", namespace: "leaving" };
      await rig.create({ ...deployment("front"), metadata });
      await rig.create({ ...service("front", { selector: { app: "front" } }), metadata });
      await rig.kubectl("delete namespace leaving --wait=false");
    },
  },
  {
    name: `${DEPLOYMENTS.length * 10} pods of ${DEPLOYMENTS.length} Deployments made, rolled out anew and scaled`,
    async make(rig) {
      const items = DEPLOYMENTS.map(deployment);
      await rig.plane.kubectl(["create", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
      await rig.kubectl(`wait deployment --all --for=condition=Available ${WAIT}`);
      await rig.kubectl(`set image deployment --all app=${IMAGE}:2`);
      for (const name of DEPLOYMENTS) await rig.kubectl(`rollout status deployment/${name} ${WAIT}`);
      await rig.kubectl("scale deployment --replicas=3", ...DEPLOYMENTS);
      await rig.kubectl("scale deployment --replicas=6", ...DEPLOYMENTS.slice(0, 5));
      await rig.kubectl("delete deployment", ...DEPLOYMENTS.slice(7));
    },
  },
  {
    name: `${JOBS_DONE} pods of a Job done`,
    async make(rig) {
      await rig.create(job("done", {}, JOBS_DONE));
      await rig.kubectl(`wait job/done --for=condition=Complete ${WAIT}`);
    },
  },
  {
    name: "10 Jobs retried",
    async make(rig) {
      // The Job controller waits ten seconds after a failure, and twice as long after each further one.
      const items = Array.from(
        { length: 10 },
        (_, index) => job(`retried-${index}`, { nodeName: "own-1", tolerations: [{ operator: "Exists" }] }, 1),
      );
      await rig.plane.kubectl(["create", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
      const failed = { phase: "Failed", containers: [{ ready: false, state: terminated("Error", 1) }] };
      const done = { phase: "Succeeded", containers: [{ ready: false, state: terminated("Completed", 0) }] };
      await finishPods(rig, 10, { ...failed, conditions: { Ready: "False" } });
      await finishPods(rig, 10, { ...done, conditions: { Ready: "False" } });
      await rig.kubectl(`wait job --all --for=condition=Complete ${WAIT}`);
    },
  },
  {
    name: "a node drained",
    async make(rig) {
      await rig.kubectl(`drain node-2 --ignore-daemonsets --force --grace-period=1 ${WAIT}`);
    },
  },
  {
    name: "spot nodes tainted, silent and deleted, a cordoned one not ready",
    async make(rig) {
      for (const name of ["own-4", "own-6"]) {
        await rig.kubectl(`taint node ${name} aws-node-termination-handler/spot-itn=soon:NoSchedule`);
        await setNode(rig, name, { Ready: "Unknown" });
      }
      await rig.kubectl("delete node own-6");
      await rig.kubectl("cordon own-5");
      await setNode(rig, "own-5", { Ready: "False" });
    },
  },
  {
    name: "a gated pod",
    make: (rig) =>
      rig.create({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "gated", namespace: "default" },
        spec: { schedulingGates: [{ name: "example.com/quota" }], containers: [{ name: "app", image: `${IMAGE}:1` }] },
      }),
  },
  {
    name: "a volume claim that nobody uses",
    async make(rig) {
      await rig.create({
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: { name: "late" },
        provisioner: "example.com/none",
        volumeBindingMode: "WaitForFirstConsumer",
      });
      await rig.create({
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "unused", namespace: "default" },
        spec: { storageClassName: "late", accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      });
    },
  },
  {
    name: "an autoscaler with min = max, and one at rest",
    async make(rig) {
      for (const [name, min, reason] of [["fixed", 4, "TooManyReplicas"], ["idle", 2, "TooFewReplicas"]] as const) {
        await createAutoscaler(rig, name, min, 4);
        const conditions = [{ type: "ScalingLimited", status: "True", reason, lastTransitionTime: nowText() }];
        const status = { currentReplicas: min, desiredReplicas: min, conditions };
        await rig.patchStatus("HorizontalPodAutoscaler", name, status, "default");
      }
    },
  },
];

/** Ends the pods of the Jobs on the test's own node that have not ended yet. */
async function finishPods(rig: ObjectRig, count: number, shape: Parameters<typeof setPod>[2]): Promise<void> {
  const seen = new Set<string>();
  await eventually(`${count} pods of Jobs`, async () => {
    const line = "get pods --field-selector=status.phase=Pending,spec.nodeName=own-1 -o name";
    const names = (await rig.kubectl(line)).trim().split("\n").filter((name) => name !== "");
    for (const name of names) {
      if (seen.size === count) break;
      seen.add(name);
      await setPod(rig, name.replace("pod/", ""), shape);
    }
    return seen.size === count || undefined;
  }, 60_000);
}
