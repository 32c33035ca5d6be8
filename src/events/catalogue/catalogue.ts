import { admissionPolicyRules } from "./admission_policy_rules.ts";
import { admissionRules } from "./admission_rules.ts";
import { autoscalingPlatformRules } from "./autoscaling_platform_rules.ts";
import { autoscalingRules } from "./autoscaling_rules.ts";
import { backupRules } from "./backup_rules.ts";
import { certificatePlatformRules } from "./certificate_platform_rules.ts";
import { certificateRules } from "./certificate_rules.ts";
import { configRules } from "./config_rules.ts";
import { configSecretRules } from "./config_secret_rules.ts";
import { controlPlaneRules } from "./control_plane_rules.ts";
import { crashRules } from "./crash_rules.ts";
import { databaseRules } from "./database_rules.ts";
import { deploymentGitopsRules } from "./deployment_gitops_rules.ts";
import { deploymentPlatformRules } from "./deployment_platform_rules.ts";
import { deploymentRules } from "./deployment_rules.ts";
import { dnsRules } from "./dns_rules.ts";
import { evictionRules } from "./eviction_rules.ts";
import { imageRules } from "./image_rules.ts";
import { jobPipelineRules } from "./job_pipeline_rules.ts";
import { jobRules } from "./job_rules.ts";
import { lifecycleRules } from "./lifecycle_rules.ts";
import { machineRules } from "./machine_rules.ts";
import { networkLoadBalancerRules } from "./network_load_balancer_rules.ts";
import { networkPlatformRules } from "./network_platform_rules.ts";
import { networkRules } from "./network_rules.ts";
import { nodeAgentRules } from "./node_agent_rules.ts";
import { nodeChangeRules } from "./node_change_rules.ts";
import { nodeEksRules } from "./node_eks_rules.ts";
import { nodeRules } from "./node_rules.ts";
import { nodeWatcherRules } from "./node_watcher_rules.ts";
import { oomRules } from "./oom_rules.ts";
import { probeRules } from "./probe_rules.ts";
import { quotaRules } from "./quota_rules.ts";
import { runtimeRules } from "./runtime_rules.ts";
import { sandboxRules } from "./sandbox_rules.ts";
import { schedulingRules } from "./scheduling_rules.ts";
import { volumePlatformRules } from "./volume_platform_rules.ts";
import { volumeRules } from "./volume_rules.ts";
import { volumeSnapshotRules } from "./volume_snapshot_rules.ts";
import type { Rule } from "../rule.ts";

/** Every fault that the agent knows out of the box, a file a category, or several where one grew long. */
export const CATALOGUE: readonly Rule[] = [
  ...admissionPolicyRules,
  ...admissionRules,
  ...autoscalingPlatformRules,
  ...autoscalingRules,
  ...backupRules,
  ...certificatePlatformRules,
  ...certificateRules,
  ...configRules,
  ...configSecretRules,
  ...controlPlaneRules,
  ...crashRules,
  ...databaseRules,
  ...deploymentGitopsRules,
  ...deploymentPlatformRules,
  ...deploymentRules,
  ...dnsRules,
  ...evictionRules,
  ...imageRules,
  ...jobPipelineRules,
  ...jobRules,
  ...lifecycleRules,
  ...machineRules,
  ...networkLoadBalancerRules,
  ...networkPlatformRules,
  ...networkRules,
  ...nodeAgentRules,
  ...nodeChangeRules,
  ...nodeEksRules,
  ...nodeRules,
  ...nodeWatcherRules,
  ...oomRules,
  ...probeRules,
  ...quotaRules,
  ...runtimeRules,
  ...sandboxRules,
  ...schedulingRules,
  ...volumePlatformRules,
  ...volumeRules,
  ...volumeSnapshotRules,
];
