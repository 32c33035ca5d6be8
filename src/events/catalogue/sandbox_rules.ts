import type { Rule } from "../rule.ts";

/** Faults of the category `sandbox`. */
export const sandboxRules: readonly Rule[] = [
  {
    id: "sandbox.create_failed",
    reason: "FailedCreatePodSandBox",
    kinds: ["Pod"],
    severity: "high",
    category: "sandbox",
    explanation: "The pod's sandbox could not be created",
    rank: 40,
    source: "kubernetes/kubernetes@v1.20.2 pkg/kubelet/events/event.go:73",
  },
  {
    id: "sandbox.status_failed",
    reason: "FailedPodSandBoxStatus",
    kinds: ["Pod"],
    severity: "medium",
    category: "sandbox",
    explanation: "The state of the pod's sandbox cannot be read",
    source: "kubernetes/kubernetes@v1.20.2 pkg/kubelet/events/event.go:74",
  },
  {
    id: "sandbox.changed",
    reason: "SandboxChanged",
    kinds: ["Pod"],
    severity: "low",
    category: "sandbox",
    explanation: "The pod's sandbox is recreated, and all its containers restart",
    source: "kubernetes/kubernetes@v1.20.2 pkg/kubelet/events/event.go:72",
    report: false,
  },
];
