import type { Config } from "../config/config_schema.ts";
import { compact } from "../lifecycle/compact.ts";
import type { AgentInfo } from "../wire/agent_info.ts";
import type { Heartbeat } from "../wire/heartbeat.ts";
import type { AgentContext } from "./agent_context.ts";
import type { IdentityPart } from "./identity_part.ts";

/** What a process knows of itself beside its configuration. */
export interface SelfOptions {
  readonly identity: IdentityPart;
  readonly version: string;
  /** Tells this process from others that report for the same cluster. */
  readonly instance: string;
}

/** What this process says of itself, when it registers and when it is discovered. */
export function agentInfoOf(context: AgentContext, { identity, version, instance }: SelfOptions): AgentInfo {
  const cluster = identity.identity();
  return {
    cluster_id: context.clusterId,
    id: context.clusterId,
    version,
    start_time: new Date(context.startedAtMs).toISOString(),
    instance,
    provider: cluster?.provider ?? null,
    cluster_name: cluster?.name ?? null,
    region: cluster?.region ?? null,
    cluster_uid: identity.clusterUid(),
    capabilities: capabilitiesOf(context.config),
    ...leaderFields(context),
    ...compact({ lease_uid: context.leadership.leaseUid() ?? undefined }),
    ...(Object.keys(context.config.labels).length === 0 ? {} : { labels: context.config.labels }),
  };
}

/** What only the leader of several replicas says. */
export function leaderFields({ leadership }: AgentContext): Pick<Heartbeat, "role" | "epoch"> {
  const epoch = leadership.isValid() ? leadership.epoch() : null;
  return epoch === null ? {} : { role: "leader", epoch };
}

function capabilitiesOf(config: Config): string[] {
  return [
    ...(config.enable_events ? ["event_watch"] : []),
    ...(config.enable_metrics ? ["metrics_collect"] : []),
    ...(config.enable_commands ? ["command_execute"] : []),
    ...(config.incidents.enabled ? ["incidents"] : []),
    ...(config.objects.enabled ? ["object_faults"] : []),
    ...(config.incidents.enabled && config.evidence.enabled ? ["evidence"] : []),
  ];
}
