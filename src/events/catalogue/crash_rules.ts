import type { Rule } from "../rule.ts";

/** Faults of the category `crash`. */
export const crashRules: readonly Rule[] = [
  {
    id: "crash.start.bad_entrypoint",
    reason: "Failed",
    kinds: ["Pod"],
    match:
      '(?i:(executable file not found|exec format error|exec: ".*": (stat|permission denied)|no such file or directory: unknown|permission denied: unknown))',
    severity: "high",
    category: "crash",
    explanation: "The container's command is missing or cannot be executed",
    rank: 19,
    source: "kubernetes/kubernetes@v1.20.2 pkg/kubelet/kuberuntime/kuberuntime_container.go:188",
  },
  {
    id: "crash.loop",
    reason: "BackOff",
    kinds: ["Pod"],
    match: "(?i:back-off restarting failed)",
    severity: "high",
    category: "crash",
    explanation: "The container exits again and again, and its restarts are delayed",
    rank: 1,
    source: "kubernetes/kubernetes@v1.20.2 pkg/kubelet/kuberuntime/kuberuntime_manager.go:888",
  },
  {
    id: "crash.node_process",
    reason: "CCPPCrash",
    kinds: ["Node"],
    severity: "medium",
    category: "crash",
    explanation: "A native process of the node crashed",
    source: "kubernetes/node-problem-detector@6632ca6714 config/abrt-adaptor.json:14",
  },
  {
    id: "crash.stateful_set.recreated",
    reason: "RecreatingFailedPod",
    kinds: ["StatefulSet"],
    severity: "high",
    category: "crash",
    explanation: "A failed pod of the StatefulSet is made anew",
    source: "kubernetes/kubernetes@v1.20.2 pkg/controller/statefulset/stateful_set_control.go:387",
  },
  {
    id: "crash.daemon_set.failed_pod",
    reason: "FailedDaemonPod",
    kinds: ["DaemonSet"],
    severity: "high",
    category: "crash",
    explanation: "A failed pod of the DaemonSet is made anew",
    source: "kubernetes/kubernetes@v1.20.2 pkg/controller/daemon/daemon_controller.go:79",
  },
];
