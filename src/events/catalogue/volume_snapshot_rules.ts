import type { Rule } from "../rule.ts";

/** Faults of the category `volume` about snapshots. */
export const volumeSnapshotRules: readonly Rule[] = [
  {
    id: "volume.snapshot.create_failed",
    reason: "SnapshotCreationFailed",
    kinds: ["VolumeSnapshotContent"],
    severity: "high",
    category: "volume",
    explanation: "The snapshot could not be taken",
    source: "kubernetes-csi/external-snapshotter@afb2f0d85e pkg/sidecar-controller/snapshot_controller.go:127",
  },
  {
    id: "volume.snapshot.content_create_failed",
    reason: "SnapshotContentCreationFailed",
    kinds: ["VolumeSnapshot"],
    severity: "high",
    category: "volume",
    explanation: "The snapshot's content object could not be created",
    source: "kubernetes-csi/external-snapshotter@afb2f0d85e pkg/common-controller/snapshot_controller.go:595",
  },
  {
    id: "volume.snapshot.content_missing",
    reason: "SnapshotContentMissing",
    kinds: ["VolumeSnapshot"],
    severity: "high",
    category: "volume",
    explanation: "The snapshot's content is gone",
    source: "kubernetes-csi/external-snapshotter@afb2f0d85e pkg/common-controller/snapshot_controller.go:409",
  },
  {
    id: "volume.snapshot.delete_failed",
    reason: "SnapshotDeleteError",
    kinds: ["VolumeSnapshotContent"],
    severity: "medium",
    category: "volume",
    explanation: "The snapshot could not be deleted",
    source: "kubernetes-csi/external-snapshotter@afb2f0d85e pkg/sidecar-controller/snapshot_controller.go:414",
  },
];
