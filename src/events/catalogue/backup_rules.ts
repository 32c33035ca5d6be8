import type { Rule } from "../rule.ts";

/** Faults of the category `backup`: what backs up volumes and clusters. */
export const backupRules: readonly Rule[] = [
  {
    id: "backup.velero.data_failed",
    reason: "Data-Path-Failed",
    severity: "high",
    category: "backup",
    explanation: "Velero could not move the data of a volume",
    source: "vmware-tanzu/velero pkg/datapath/micro_service_watcher.go: EventReasonFailed",
  },
  {
    id: "backup.velero.data_cancelled",
    reason: ["Data-Path-Canceled", "Data-Path-Cancelled", "Data-Path-Canceling"],
    severity: "medium",
    category: "backup",
    explanation: "Moving the data of a volume was cancelled",
    source: "vmware-tanzu/velero pkg/datapath/micro_service_watcher.go: EventReasonFailed",
  },
  {
    id: "backup.velero.routine",
    reason: ["Data-Path-Started", "Data-Path-Progress", "Data-Path-Completed"],
    severity: "low",
    category: "backup",
    explanation: "Velero moves the data of a volume",
    report: false,
    source: "vmware-tanzu/velero pkg/datapath/micro_service_watcher.go: EventReasonFailed",
  },
];
