import type { Rule } from "../rule.ts";

/** Faults of the category `admission` that policy engines report. */
export const admissionPolicyRules: readonly Rule[] = [
  {
    id: "admission.kyverno.blocked",
    reason: "PolicyViolation",
    match: "\\(blocked\\)",
    severity: "medium",
    category: "admission",
    explanation: "A policy of Kyverno refused a resource",
    rank: 1,
    source: "kyverno/kyverno pkg/event/reason.go: PolicyViolation",
  },
  {
    id: "admission.kyverno.violation",
    reason: "PolicyViolation",
    severity: "low",
    category: "admission",
    explanation: "A resource is against a policy of Kyverno",
    rank: 2,
    source: "kyverno/kyverno pkg/event/reason.go: PolicyViolation",
  },
  {
    id: "admission.kyverno.error",
    reason: "PolicyError",
    severity: "medium",
    category: "admission",
    explanation: "A policy of Kyverno could not be applied",
    source: "kyverno/kyverno pkg/event/reason.go: PolicyError",
  },
  {
    id: "admission.kyverno.routine",
    reason: ["PolicyApplied", "PolicySkipped"],
    severity: "low",
    category: "admission",
    explanation: "A policy of Kyverno was applied or skipped",
    report: false,
    source: "kyverno/kyverno pkg/event/reason.go: PolicyApplied",
  },
  {
    id: "admission.gatekeeper.denied",
    reason: "FailedAdmission",
    severity: "low",
    category: "admission",
    explanation: "Gatekeeper refused a resource",
    source: "open-policy-agent/gatekeeper pkg/webhook/policy.go: FailedAdmission",
  },
  {
    id: "admission.gatekeeper.violation",
    reason: ["AuditViolation", "DryrunViolation", "WarningAdmission"],
    severity: "low",
    category: "admission",
    explanation: "A resource is against a constraint of Gatekeeper",
    source: "open-policy-agent/gatekeeper pkg/audit/manager.go: AuditViolation",
  },
];
