import type { Rule } from "../rule.ts";

/** Faults of the category `quota`. */
export const quotaRules: readonly Rule[] = [
  {
    id: "quota.resource_quota",
    reason: "FailedCreate",
    match: "(?i:(exceeded quota|failed quota|must specify (limits|requests|cpu|memory)))",
    severity: "high",
    category: "quota",
    explanation: "A ResourceQuota is used up, or demands requests and limits",
    rank: 1,
    source: "kubernetes/kubernetes@v1.20.2 pkg/controller/controller_utils.go:395",
  },
  {
    id: "quota.limit_range",
    reason: "FailedCreate",
    match: "(?i:(maximum|minimum) (cpu|memory|ephemeral-storage) usage per)",
    severity: "high",
    category: "quota",
    explanation: "The pod is outside a LimitRange",
    rank: 2,
    source: "kubernetes/kubernetes@v1.20.2 pkg/controller/controller_utils.go:395",
  },
];
