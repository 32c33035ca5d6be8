import type { Rule } from "../rule.ts";

/** Faults of the category `oom`. */
export const oomRules: readonly Rule[] = [
  {
    id: "oom.start.limit_too_low",
    reason: "Failed",
    kinds: ["Pod"],
    match: "(?i:OOM-killed|cannot allocate memory)",
    severity: "high",
    category: "oom",
    explanation: "The memory limit is too low for the container even to start",
    rank: 180,
    source: "kubernetes/kubernetes@v1.20.2 pkg/kubelet/kuberuntime/kuberuntime_container.go:141",
  },
  {
    id: "oom.system",
    reason: "SystemOOM",
    kinds: ["Node"],
    severity: "high",
    category: "oom",
    explanation: "The node ran out of memory and the kernel killed a process",
    source: "kubernetes/kubernetes@v1.20.2 pkg/kubelet/oom/oom_watcher_linux.go:62",
  },
  {
    id: "oom.kill",
    reason: "OOMKilling",
    kinds: ["Node", "Pod"],
    severity: "high",
    category: "oom",
    explanation: "The kernel killed a process because memory ran out",
    source: "kubernetes/node-problem-detector@6632ca6714 config/kernel-monitor.json:28",
  },
  {
    id: "oom.previous_container",
    reason: "PreviousContainerWasOOMKilled",
    kinds: ["Pod"],
    severity: "high",
    category: "oom",
    explanation: "The container before this one was killed for using more memory than its limit",
    source: "xing/kubernetes-oom-event-generator src/controller/controller.go: PreviousContainerWasOOMKilled",
  },
];
