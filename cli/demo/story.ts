import type { Severity } from "../../src/wire/severity.ts";

/** One thing that happens in the demo's cluster. */
export interface Scene {
  /** What a person would say happened. */
  readonly title: string;
  readonly event: {
    readonly reason: string;
    readonly type: "Normal" | "Warning";
    readonly message: string;
    readonly component: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly count: number;
  };
  /** The severity that must be reported, or `null` where nothing must be. */
  readonly expected: Severity | null;
}

const pod = { kind: "Pod", namespace: "shop", component: "kubelet", count: 1 } as const;
const node = { kind: "Node", namespace: "default", name: "node-2", count: 1 } as const;

/** A bad morning: real events, as Kubernetes writes them, with what the agent must make of each. */
export const STORY: readonly Scene[] = [
  {
    title: "a pod is scheduled: nothing to report",
    event: {
      ...pod,
      component: "default-scheduler",
      name: "cart-7c9f",
      reason: "Scheduled",
      type: "Normal",
      message: "Successfully assigned shop/cart-7c9f to node-1",
    },
    expected: null,
  },
  {
    title: "somebody mistypes an image tag",
    event: {
      ...pod,
      name: "checkout-5d8b",
      reason: "Failed",
      type: "Warning",
      message:
        'Failed to pull image "registry.example/checkout:1.2.x": rpc error: code = NotFound desc = manifest unknown: not found',
    },
    expected: "high",
  },
  {
    title: "the pull is tried again and again (a Normal event, and still a fault)",
    event: {
      ...pod,
      name: "checkout-5d8b",
      reason: "BackOff",
      type: "Normal",
      message: 'Back-off pulling image "registry.example/checkout:1.2.x"',
    },
    expected: "high",
  },
  {
    title: "a container crashes in a loop",
    event: {
      ...pod,
      name: "payments-66f4",
      reason: "BackOff",
      type: "Warning",
      message: "Back-off restarting failed container app in pod payments-66f4_shop",
    },
    expected: "high",
  },
  {
    title: "a readiness probe fails",
    event: {
      ...pod,
      name: "search-0",
      reason: "Unhealthy",
      type: "Warning",
      message: "Readiness probe failed: HTTP probe failed with statuscode: 503",
    },
    expected: "medium",
  },
  {
    title: "a node's disk fills up (Normal again)",
    event: {
      ...node,
      component: "kubelet",
      reason: "NodeHasDiskPressure",
      type: "Normal",
      message: "Node node-2 status is now: NodeHasDiskPressure",
    },
    expected: "high",
  },
  {
    title: "the node is lost",
    event: {
      ...node,
      component: "node-controller",
      reason: "NodeNotReady",
      type: "Normal",
      message: "Node node-2 status is now: NodeNotReady",
    },
    expected: "critical",
  },
  {
    title: "no node has room for the pods that lived there",
    event: {
      ...pod,
      component: "default-scheduler",
      name: "search-1",
      reason: "FailedScheduling",
      type: "Warning",
      message: "0/2 nodes are available: 1 Insufficient memory, 1 node(s) were unschedulable.",
    },
    expected: "high",
  },
  {
    title: "the container still crashes: the same fault, with a count",
    event: {
      ...pod,
      name: "payments-66f4",
      reason: "BackOff",
      type: "Warning",
      message: "Back-off restarting failed container app in pod payments-66f4_shop",
      count: 5,
    },
    expected: "high",
  },
  {
    title: "a warning that no rule knows: never lost, severity low",
    event: {
      ...pod,
      component: "backup-operator",
      kind: "Backup",
      name: "nightly",
      reason: "RetentionSkewed",
      type: "Warning",
      message: "retention differs from the policy",
    },
    expected: "low",
  },
  {
    title: "the node comes back: a recovery is no fault",
    event: {
      ...node,
      component: "kubelet",
      reason: "NodeReady",
      type: "Normal",
      message: "Node node-2 status is now: NodeReady",
    },
    expected: null,
  },
];
