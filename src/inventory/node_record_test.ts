import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { parseFields } from "../kube/parse_fields.ts";
import type { NodeDetail } from "../wire/metrics_report.ts";
import { nodeDetailSchema } from "../wire/metrics_report.ts";
import { createAllowlist } from "./allowlist.ts";
import { NODE_FIELDS, nodeStatusCell, readNode } from "./node_record.ts";
import { sumNodes } from "../report/node_totals.ts";

const allow = { labels: createAllowlist(["*"]), annotations: createAllowlist([]) };

const condition = (type: string, status: string, reason = "", message = "") => ({
  type,
  status,
  reason,
  message,
  lastHeartbeatTime: "2026-11-23T10:00:00Z",
  lastTransitionTime: "2026-11-20T10:00:00Z",
});
const READY = condition("Ready", "True", "KubeletReady", "kubelet is posting ready status");

interface Shape {
  readonly name: string;
  readonly given: unknown;
  readonly status: string;
  readonly want: Partial<NodeDetail>;
}

const SHAPES: readonly Shape[] = [
  {
    name: "EKS managed node group",
    given: {
      metadata: {
        name: "ip-192-168-48-125.us-west-2.compute.internal",
        labels: {
          "kubernetes.io/arch": "amd64",
          "eks.amazonaws.com/nodegroup": "appservers",
          "node.kubernetes.io/instance-type": "t3.xlarge",
          "topology.kubernetes.io/zone": "us-west-2c",
        },
        annotations: { "alpha.kubernetes.io/provided-node-ip": "192.168.48.125", "node.alpha.kubernetes.io/ttl": "0" },
      },
      spec: { providerID: "aws:///us-west-2c/i-0a1b2c3d4e5f60718" },
      status: {
        capacity: {
          cpu: "4",
          "ephemeral-storage": "83873772Ki",
          "hugepages-1Gi": "0",
          memory: "15931268Ki",
          pods: "58",
        },
        allocatable: {
          cpu: "3920m",
          "ephemeral-storage": "76224326324",
          "hugepages-1Gi": "0",
          memory: "14914436Ki",
          pods: "58",
        },
        conditions: [condition("MemoryPressure", "False", "KubeletHasSufficientMemory"), READY],
        nodeInfo: {
          architecture: "amd64",
          containerRuntimeVersion: "containerd://2.1.4",
          kernelVersion: "6.12.46-66.121.amzn2023.x86_64",
          kubeletVersion: "v1.34.4-eks-f69f56f",
          kubeProxyVersion: "",
          operatingSystem: "linux",
          osImage: "Amazon Linux 2023.9.20250929",
        },
        images: [{ names: ["registry.example/app@sha256:00"], sizeBytes: 1 }],
      },
    },
    status: "Ready",
    want: {
      ready: true,
      schedulable: true,
      annotations: {},
      capacity: {
        cpu: "4",
        "ephemeral-storage": "83873772Ki",
        "hugepages-1Gi": "0",
        memory: "15931268Ki",
        pods: "58",
      },
      node_info: {
        architecture: "amd64",
        os_image: "Amazon Linux 2023.9.20250929",
        kernel_version: "6.12.46-66.121.amzn2023.x86_64",
        kubelet_version: "v1.34.4-eks-f69f56f",
        runtime_version: "containerd://2.1.4",
        operating_system: "linux",
      },
    },
  },
  {
    name: "GKE with conditions of its node problem detector, cordoned for an upgrade",
    given: {
      metadata: {
        name: "gke-lines-cluster-default-pool-0f0b3237-wmnh",
        labels: { "cloud.google.com/gke-nodepool": "default-pool" },
      },
      spec: {
        unschedulable: true,
        providerID: "gce://project/us-central1-c/gke-lines-cluster-default-pool-0f0b3237-wmnh",
        taints: [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }],
      },
      status: {
        conditions: [
          condition("KernelDeadlock", "False", "KernelHasNoDeadlock", "kernel has no deadlock"),
          condition("FrequentContainerdRestart", "True", "FrequentContainerdRestart", "containerd restarts often"),
          READY,
        ],
      },
    },
    status: "Ready,SchedulingDisabled",
    want: {
      ready: true,
      schedulable: false,
      conditions: {
        KernelDeadlock: { status: "False", reason: "KernelHasNoDeadlock", message: "kernel has no deadlock" },
        FrequentContainerdRestart: {
          status: "True",
          reason: "FrequentContainerdRestart",
          message: "containerd restarts often",
        },
        Ready: { status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" },
      },
    },
  },
  {
    name: "AKS scale set instance that stopped answering",
    given: {
      metadata: { name: "aks-nodepool1-12345678-vmss000000", labels: { "kubernetes.azure.com/role": "agent" } },
      spec: { taints: [{ key: "node.kubernetes.io/unreachable", effect: "NoExecute" }] },
      status: {
        conditions: [condition("Ready", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.")],
        nodeInfo: { kubeletVersion: "v1.33.3" },
      },
    },
    status: "NotReady",
    want: { ready: false, schedulable: true, node_info: { kubelet_version: "v1.33.3" } },
  },
  {
    name: "k3s on bare metal",
    given: {
      metadata: {
        name: "master",
        labels: { "node-role.kubernetes.io/control-plane": "true", "node.kubernetes.io/instance-type": "k3s" },
        annotations: { "k3s.io/node-args": '["server"]', "k3s.io/node-env": '{"K3S_TOKEN":"********"}' },
      },
      spec: { providerID: "k3s://master" },
      status: { conditions: [READY], nodeInfo: { kubeletVersion: "v1.33.5+k3s1" } },
    },
    status: "Ready",
    want: { ready: true, annotations: {}, node_info: { kubelet_version: "v1.33.5+k3s1" } },
  },
  {
    name: "OpenShift with a quantity that a person wrote",
    given: {
      metadata: { name: "ip-10-0-1-1", labels: { "node.openshift.io/os_id": "rhel" } },
      spec: {},
      status: { capacity: { cpu: "4k", memory: "1.5Gi", "example.com/gpu": "1" }, conditions: [READY] },
    },
    status: "Ready",
    want: { capacity: { cpu: "4k", memory: "1.5Gi", "example.com/gpu": "1" }, allocatable: {} },
  },
  {
    name: "Windows",
    given: {
      metadata: { name: "akswin000000", labels: { "kubernetes.io/os": "windows" } },
      spec: {},
      status: {
        conditions: [READY],
        nodeInfo: {
          architecture: "amd64",
          operatingSystem: "windows",
          osImage: "Windows Server 2022 Datacenter",
          kernelVersion: "10.0.20348.4297",
          containerRuntimeVersion: "containerd://1.7.28+azure",
        },
      },
    },
    status: "Ready",
    want: {
      node_info: {
        architecture: "amd64",
        operating_system: "windows",
        os_image: "Windows Server 2022 Datacenter",
        kernel_version: "10.0.20348.4297",
        runtime_version: "containerd://1.7.28+azure",
      },
    },
  },
  {
    name: "virtual kubelet, which has no operating system and no conditions but Ready",
    given: {
      metadata: { name: "virtual-node-aci-linux", labels: { type: "virtual-kubelet" } },
      spec: { taints: [{ key: "virtual-kubelet.io/provider", effect: "NoSchedule" }] },
      status: {
        capacity: { cpu: "10000", memory: "4Ti", pods: "5000" },
        conditions: [{ type: "Ready", status: "True" }],
        nodeInfo: { architecture: "", bootID: "", containerRuntimeVersion: "", kernelVersion: "", osImage: "" },
      },
    },
    status: "Ready",
    want: {
      ready: true,
      node_info: {},
      conditions: { Ready: { status: "True", reason: "", message: "" } },
      capacity: { cpu: "10000", memory: "4Ti", pods: "5000" },
    },
  },
  {
    name: "just created, without status",
    given: { metadata: { name: "fresh" }, spec: {}, status: { conditions: null, capacity: null } },
    status: "Unknown",
    want: { ready: false, schedulable: true, conditions: {}, capacity: {}, allocatable: {}, node_info: {}, labels: {} },
  },
  {
    name: "hostile values of other types",
    given: {
      metadata: { name: "odd", labels: { a: 1, b: "2" }, annotations: "x" },
      spec: null,
      status: {
        conditions: ["x", null, { type: 7 }, { type: "Ready", status: 1 }],
        capacity: { cpu: 4, memory: "a lot" },
        nodeInfo: [],
      },
    },
    status: "NotReady",
    want: { labels: { b: "2" }, capacity: { memory: "a lot" }, ready: false },
  },
];

for (const { name, given, status, want } of SHAPES) {
  Deno.test(`node shape: ${name}`, () => {
    const read = readNode(given, allow);
    assert.ok(read !== null);
    nodeDetailSchema.parse(read.detail);
    assert.equal(nodeStatusCell(read.detail), status);
    for (const [key, value] of Object.entries(want)) {
      assert.deepEqual(Object.entries(read.detail).find(([k]) => k === key)?.[1], value, key);
    }
    // The same from the fields that a list reads.
    assert.deepEqual(readNode(parseFields(Buffer.from(JSON.stringify(given)), NODE_FIELDS), allow), read);
  });
}

Deno.test("node shape: without a name it is no node", () => {
  for (const given of [null, "node", {}, { metadata: { labels: {} } }]) assert.equal(readNode(given, allow), null);
});

Deno.test("node totals: all shapes together add up exactly, and what nobody says is absent", () => {
  const nodes = SHAPES.flatMap(({ given }) => readNode(given, allow)?.detail ?? []);
  const { capacity, allocatable, ...counts } = sumNodes(nodes);
  assert.deepEqual(counts, { total: 9, ready: 6, not_ready: 3, schedulable: 8 });
  assert.deepEqual(capacity, {
    cpu_cores: 4 + 4_000 + 10_000,
    memory_bytes: 15931268 * 1024 + 1.5 * 1024 ** 3 + 4 * 1024 ** 4,
    pods: 5_058,
    ephemeral_storage: 83873772 * 1024,
  });
  assert.deepEqual(allocatable, {
    cpu_cores: 3.92,
    memory_bytes: 14914436 * 1024,
    pods: 58,
    ephemeral_storage: 76224326324,
  });
  assert.deepEqual(sumNodes([]).capacity, {});
});

Deno.test("node totals: a thousand times a tenth of a core is a hundred cores, not nearly", () => {
  const read = readNode({ metadata: { name: "n" }, status: { capacity: { cpu: "100m" } } }, allow);
  assert.ok(read !== null);
  assert.equal(sumNodes(Array(1_000).fill(read.detail)).capacity.cpu_cores, 100);
});
