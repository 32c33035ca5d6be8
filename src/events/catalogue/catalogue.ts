import { admissionRules } from "./admission_rules.ts";
import { autoscalingRules } from "./autoscaling_rules.ts";
import { certificateRules } from "./certificate_rules.ts";
import { configRules } from "./config_rules.ts";
import { crashRules } from "./crash_rules.ts";
import { deploymentRules } from "./deployment_rules.ts";
import { dnsRules } from "./dns_rules.ts";
import { evictionRules } from "./eviction_rules.ts";
import { imageRules } from "./image_rules.ts";
import { jobRules } from "./job_rules.ts";
import { lifecycleRules } from "./lifecycle_rules.ts";
import { networkRules } from "./network_rules.ts";
import { nodeRules } from "./node_rules.ts";
import { nodeWatcherRules } from "./node_watcher_rules.ts";
import { oomRules } from "./oom_rules.ts";
import { probeRules } from "./probe_rules.ts";
import { quotaRules } from "./quota_rules.ts";
import { runtimeRules } from "./runtime_rules.ts";
import { sandboxRules } from "./sandbox_rules.ts";
import { schedulingRules } from "./scheduling_rules.ts";
import { volumeRules } from "./volume_rules.ts";
import type { Rule } from "../rule.ts";

/** Every fault that the agent knows out of the box, a file a category. */
export const CATALOGUE: readonly Rule[] = [
  ...admissionRules,
  ...autoscalingRules,
  ...certificateRules,
  ...configRules,
  ...crashRules,
  ...deploymentRules,
  ...dnsRules,
  ...evictionRules,
  ...imageRules,
  ...jobRules,
  ...lifecycleRules,
  ...networkRules,
  ...nodeRules,
  ...nodeWatcherRules,
  ...oomRules,
  ...probeRules,
  ...quotaRules,
  ...runtimeRules,
  ...sandboxRules,
  ...schedulingRules,
  ...volumeRules,
];
