import { createDemoCluster, type DemoCluster, podName, type Template } from "./demo_cluster.ts";
import type { SandboxApi } from "../../sandbox/api/sandbox_api.ts";
import type { Expected } from "./expectation.ts";

/** One thing that happens in the demo's cluster. */
export interface Scene {
  /** What a person would say happened. */
  readonly title: string;
  play(): void;
  /** What the agent must tell of it. Nothing: it is harmless, or the next scenes tell. */
  readonly expects: readonly Expected[];
}

interface Story {
  readonly scenes: readonly Scene[];
  /** The cluster as it is before. */
  prepare(): void;
  /** Takes the cluster down. */
  clear(): void;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Events that are told of faults which have gone on for a while. */
const LASTING = { sinceMs: 10 * MINUTE_MS } as const;
const REGISTRY = "registry.example";

/** What the container wrote before the kernel killed it. */
const LAST_WORDS = "listening on :8080\nloading 40000 open invoices\ncache holds 61 MiB of 64 MiB\n";

/** The names of one telling: each has its own, so that nothing of one is a repeat of another. */
function castOf(suffix: string) {
  const template = (app: string, given: Omit<Template, "app" | "memory"> & { readonly memory?: string }): Template => ({
    memory: "64Mi",
    ...given,
    app: app + suffix,
  });
  const old = { revision: 1, ageMs: 3 * DAY_MS };
  return {
    nodes: { well: `node-1${suffix}`, lost: `node-2${suffix}`, full: `node-3${suffix}` },
    cart: template("cart", { ...old, hash: "7c9f6b5d84", image: `${REGISTRY}/cart:3` }),
    checkout: template("checkout", { ...old, hash: "6b7d9c5f48", image: `${REGISTRY}/checkout:1.2.0` }),
    typo: template("checkout", { revision: 2, ageMs: 0, hash: "5d8b7f9c64", image: `${REGISTRY}/checkout:1.2.x` }),
    mended: template("checkout", { revision: 3, ageMs: 0, hash: "84c6f5d97b", image: `${REGISTRY}/checkout:1.2.1` }),
    payments: template("payments", { ...old, hash: "66f4d8c9b7", image: `${REGISTRY}/payments:8` }),
    search: template("search", { ...old, hash: "9f8d7c6b54", image: `${REGISTRY}/search:5` }),
  };
}
type Cast = ReturnType<typeof castOf>;

/** A bad morning: objects and events, as Kubernetes writes them, with what the agent must make of each. */
export function createStory(api: SandboxApi, suffix: string): Story {
  const cluster = createDemoCluster(api);
  const cast = castOf(suffix);
  return {
    scenes: [
      ...imageScenes(cluster, cast),
      ...memoryScenes(cluster, cast),
      ...eventScenes(cluster, cast),
      ...nodeScenes(cluster, cast),
      ...mendingScenes(cluster, cast),
    ],
    prepare() {
      for (const name of Object.values(cast.nodes)) cluster.putNode(name, "True");
      cluster.putTemplate(cast.checkout, 2, 2);
      cluster.putTemplate(cast.payments, 1, 1);
      cluster.putTemplate(cast.search, 2, 2);
      for (const id of ["4xk2z", "9tq7m"]) {
        cluster.putPod(cast.checkout, { id, node: cast.nodes.well });
        cluster.putPod(cast.search, { id, node: cast.nodes.lost });
      }
      cluster.putPod(cast.payments, { id: "2ptz5", node: cast.nodes.well });
    },
    clear: cluster.clear,
  };
}

const byKubelet = { kind: "Pod", component: "kubelet", container: "app" } as const;

function imageScenes(cluster: DemoCluster, { cart, checkout, typo, nodes }: Cast): readonly Scene[] {
  const pod = podName(typo, "b7wpv");
  const cause = `Deployment/shop/${typo.app}`;
  return [
    {
      title: "a pod is scheduled: nothing to report",
      play: () =>
        cluster.putEvent({
          kind: "Pod",
          component: "default-scheduler",
          name: podName(cart, "hk4nd"),
          reason: "Scheduled",
          type: "Normal",
          message: `Successfully assigned shop/${podName(cart, "hk4nd")} to ${nodes.well}`,
        }),
      expects: [],
    },
    {
      title: "somebody mistypes an image tag and rolls it out",
      play() {
        cluster.putTemplate(typo, 1, 0);
        cluster.putEvent({
          kind: "Deployment",
          component: "deployment-controller",
          name: typo.app,
          reason: "ScalingReplicaSet",
          type: "Normal",
          message: `Scaled up replica set ${typo.app}-${typo.hash} from 0 to 1`,
        });
        cluster.putPod(typo, {
          id: "b7wpv",
          node: nodes.well,
          trouble: { state: { waiting: { reason: "ContainerCreating" } } },
        });
      },
      expects: [],
    },
    {
      title: "its image can't be pulled: an incident, what caused it, and what differs between the templates",
      play() {
        cluster.putPod(typo, {
          id: "b7wpv",
          node: nodes.well,
          trouble: { state: { waiting: { reason: "ImagePullBackOff", message: `Back-off pulling "${typo.image}"` } } },
        });
        cluster.putEvent({
          ...byKubelet,
          name: pod,
          reason: "Failed",
          type: "Warning",
          message:
            `Failed to pull image "${typo.image}": rpc error: code = NotFound desc = manifest unknown: not found`,
        });
      },
      expects: [
        { kind: "report", reason: "Failed", name: pod, severity: "high", cause },
        { kind: "report", reason: "ImagePullBackOff", name: pod, severity: "high", cause },
        { kind: "evidence", owner: typo.app, holds: [checkout.image, typo.image, "containers[app].image"] },
      ],
    },
    {
      title: "the pull fails again and again (a Normal event, and still a fault)",
      play: () =>
        cluster.putEvent({
          ...byKubelet,
          name: pod,
          reason: "BackOff",
          type: "Normal",
          message: `Back-off pulling image "${typo.image}"`,
        }),
      expects: [{ kind: "report", reason: "BackOff", name: pod, severity: "high", cause }],
    },
  ];
}

function memoryScenes(cluster: DemoCluster, { payments, nodes }: Cast): readonly Scene[] {
  const [id, pod] = ["2ptz5", podName(payments, "2ptz5")];
  const backOff = (count: number) => ({
    ...byKubelet,
    ...LASTING,
    name: pod,
    reason: "BackOff",
    type: "Warning" as const,
    message: `Back-off restarting failed container app in pod ${pod}_shop`,
    count,
  });
  return [
    {
      title: "the kernel kills a container for its memory: no Event says so, but its state does",
      play() {
        const now = new Date();
        const [startedAt, finishedAt] = [new Date(now.getTime() - 20_000).toISOString(), now.toISOString()];
        cluster.putLog(payments, id, LAST_WORDS);
        cluster.putPod(payments, {
          id,
          node: nodes.well,
          trouble: {
            restartCount: 1,
            state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s restarting failed container" } },
            lastState: {
              terminated: {
                containerID: `containerd://${pod}`,
                reason: "OOMKilled",
                exitCode: 137,
                startedAt,
                finishedAt,
              },
            },
          },
        });
      },
      expects: [
        { kind: "report", reason: "OOMKilled", name: pod, severity: "high" },
        { kind: "evidence", owner: payments.app, holds: ["OOMKilled", "cache holds 61 MiB of 64 MiB"] },
      ],
    },
    {
      title: "its restarts are delayed: the same incident",
      play: () => cluster.putEvent(backOff(1)),
      expects: [{ kind: "report", reason: "BackOff", name: pod, severity: "high" }],
    },
    {
      title: "again, and again: the same fault, with a count",
      play: () => cluster.putEvent(backOff(5)),
      expects: [{ kind: "report", reason: "BackOff", name: pod, severity: "high", count: 5 }],
    },
  ];
}

function eventScenes(cluster: DemoCluster, { cart, nodes }: Cast): readonly Scene[] {
  const slow = podName(cart, "hk4nd");
  return [
    {
      title: "a readiness probe fails",
      play: () =>
        cluster.putEvent({
          ...byKubelet,
          ...LASTING,
          name: slow,
          reason: "Unhealthy",
          type: "Warning",
          message: "Readiness probe failed: HTTP probe failed with statuscode: 503",
        }),
      expects: [{ kind: "report", reason: "Unhealthy", name: slow, severity: "medium" }],
    },
    {
      title: "a warning that no rule knows: never lost, severity low",
      play: () =>
        cluster.putEvent({
          kind: "Backup",
          component: "backup-operator",
          name: `nightly-${cart.app}`,
          reason: "RetentionSkewed",
          type: "Warning",
          message: "retention differs from the policy",
        }),
      expects: [{ kind: "report", reason: "RetentionSkewed", name: `nightly-${cart.app}`, severity: "low" }],
    },
    {
      title: "a node's disk fills up (Normal again)",
      play: () =>
        cluster.putEvent({
          kind: "Node",
          component: "kubelet",
          name: nodes.full,
          reason: "NodeHasDiskPressure",
          type: "Normal",
          message: `Node ${nodes.full} status is now: NodeHasDiskPressure`,
        }),
      expects: [{ kind: "report", reason: "NodeHasDiskPressure", name: nodes.full, severity: "high" }],
    },
  ];
}

function nodeScenes(cluster: DemoCluster, { search, nodes }: Cast): readonly Scene[] {
  const [first, second] = [podName(search, "4xk2z"), podName(search, "9tq7m")];
  const cause = `Node/${nodes.lost}`;
  const noRoom = "0/3 nodes are available: 1 Insufficient memory, 1 node(s) had untolerated taint, 1 node(s) had " +
    "disk pressure.";
  return [
    {
      title: "a node is lost",
      play() {
        cluster.putNode(nodes.lost, "Unknown");
        cluster.putEvent({
          kind: "Node",
          component: "node-controller",
          name: nodes.lost,
          reason: "NodeNotReady",
          type: "Normal",
          message: `Node ${nodes.lost} status is now: NodeNotReady`,
        });
      },
      expects: [
        { kind: "report", reason: "NodeNotReady", name: nodes.lost, severity: "critical" },
        { kind: "report", reason: "NodeStatusUnknown", name: nodes.lost, severity: "critical" },
      ],
    },
    {
      title: "its pods are lost with it, and can't end when they are evicted: each report names the node",
      play() {
        for (const [id, name] of [["4xk2z", first], ["9tq7m", second]] as const) {
          cluster.putPod(search, { id, node: nodes.lost, trouble: {}, deleted: true });
          cluster.putEvent({
            kind: "Pod",
            component: "node-controller",
            name,
            reason: "NodeNotReady",
            type: "Warning",
            message: "Node is not ready",
          });
        }
      },
      expects: [
        { kind: "report", reason: "NodeNotReady", name: first, severity: "high", cause },
        { kind: "report", reason: "NodeNotReady", name: second, severity: "high", cause },
        { kind: "report", reason: "Terminating", name: first, severity: "medium", count: 2, cause },
      ],
    },
    {
      title: "no other node has room for them",
      play() {
        cluster.putPod({ ...search, ageMs: 0 }, { id: "d5m8r", node: "", unschedulable: noRoom });
        cluster.putEvent({
          ...LASTING,
          kind: "Pod",
          component: "default-scheduler",
          name: podName(search, "d5m8r"),
          reason: "FailedScheduling",
          type: "Warning",
          message: noRoom,
        });
      },
      expects: [{ kind: "report", reason: "FailedScheduling", name: podName(search, "d5m8r"), severity: "high" }],
    },
  ];
}

function mendingScenes(cluster: DemoCluster, cast: Cast): readonly Scene[] {
  const { checkout, typo, mended, payments, search, nodes } = cast;
  return [
    {
      title: "the tag is corrected",
      play() {
        cluster.putTemplate(mended, 2, 2);
        for (const id of ["4xk2z", "9tq7m"]) {
          cluster.putPod(mended, { id, node: nodes.well });
          cluster.removePod(checkout, id);
        }
        cluster.removePod(typo, "b7wpv");
      },
      expects: [],
    },
    {
      title: "the container runs, and keeps running",
      play: () => cluster.putPod(payments, { id: "2ptz5", node: nodes.well }),
      expects: [],
    },
    {
      title: "the node comes back (a recovery is no fault), and its pods end: the objects prove that all is over",
      play() {
        cluster.putNode(nodes.lost, "True");
        cluster.putEvent({
          kind: "Node",
          component: "kubelet",
          name: nodes.lost,
          reason: "NodeReady",
          type: "Normal",
          message: `Node ${nodes.lost} status is now: NodeReady`,
        });
        for (const id of ["4xk2z", "9tq7m"]) cluster.removePod(search, id);
        cluster.putPod({ ...search, ageMs: 0 }, { id: "d5m8r", node: nodes.lost });
      },
      expects: [
        `Deployment/${checkout.app}`,
        `Deployment/${payments.app}`,
        `Node/${nodes.lost}`,
        `Deployment/${search.app}`,
      ]
        .map((object) => ({ kind: "resolved", object })),
    },
  ];
}
