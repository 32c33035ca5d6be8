import { readCloudMetadata } from "../cluster/cloud_metadata.ts";
import type { ClusterIdentity } from "../cluster/cluster_identity.ts";
import { parseOverride } from "../cluster/decide_id.ts";
import type { IdentityChange } from "../cluster/identity_memory.ts";
import { identifyUntilSure } from "../cluster/identify_until_sure.ts";
import type { Config } from "../config/config_schema.ts";
import type { KubeAccess } from "../kube/kube_access.ts";
import type { Clock } from "../lifecycle/clock.ts";
import type { AgentPart } from "../lifecycle/part.ts";
import { waitAtMost } from "../lifecycle/wait_at_most.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { KubeSurroundings } from "./agent_context.ts";
import { createIdentityMemoryFor } from "./state_stores.ts";

interface IdentityPartOptions extends KubeSurroundings {
  readonly config: Config;
  /** Whether `cluster_id` was set by the environment. */
  readonly idFromEnvironment: boolean;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Told once the id is known, and again once the cluster is described. */
  readonly onIdentity?: ((identity: ClusterIdentity) => void) | undefined;
}

/** Which cluster this is, as far as it is known. */
export interface IdentityPart extends AgentPart {
  /** Asks the cluster until the id is sure; see `identifyUntilSure`. The change is what has to be reported. */
  identify(signal: AbortSignal): Promise<{ readonly id: string; readonly change: IdentityChange | null }>;
  identity(): ClusterIdentity | null;
  /** The UID of the namespace kube-system; `null` while it is not known. */
  clusterUid(): string | null;
}

/** What describes the cluster is usually there by then, so that the first registration tells it; nothing waits longer. */
const DESCRIBE_WAIT_MS = 300;

/** Finds out which cluster this is, and tells it on the status page. */
export function createIdentityPart(options: IdentityPartOptions): IdentityPart {
  const { config, clock, client, access, telemetry } = options;
  let identity: ClusterIdentity | null = null;
  let clusterUid: string | null = null;
  let problem = "finding out which cluster this is";

  return {
    name: "identity",
    services: [],
    identity: () => identity,
    clusterUid: () => clusterUid,
    async identify(signal) {
      const { cluster, change } = await identifyUntilSure({
        kube: client,
        override: parseOverride(config.cluster_id, options.idFromEnvironment ? "environment" : "configuration"),
        style: config.cluster.id_style,
        givenName: "",
        readToken: config.cluster.token_issuer ? () => bearerTokenOf(access) : null,
        readCloudMetadata: config.cluster.metadata_service ? readCloudMetadata : null,
        clock,
        memory: createIdentityMemoryFor({ config, client, access }, signal),
        telemetry,
        onRetry: (reason) => problem = reason,
      }, signal);
      const { id, source } = cluster;
      identity = { id, source, provider: null, name: null, region: null, evidence: [] };
      telemetry.setClusterId(id);
      options.onIdentity?.(identity);
      const described = cluster.describe().then((description) => {
        identity = description.identity;
        clusterUid = description.clusterUid;
        options.onIdentity?.(description.identity);
      });
      await waitAtMost(described, DESCRIBE_WAIT_MS, clock, signal);
      return { id, change };
    },
    conditions: () => [
      identity === null
        ? { name: "cluster", ok: false, detail: problem }
        : { name: "cluster", ok: true, detail: identity.id },
    ],
    status: () => ({ cluster: identity === null ? null : summaryOf(identity) }),
    refreshGauges() {},
  };
}

function summaryOf({ id, source, provider, name, region }: ClusterIdentity): Record<string, unknown> {
  return { id, source, provider, name, region };
}

/** The token that the agent itself shows to the API server; only its issuer is read. */
async function bearerTokenOf(access: KubeAccess): Promise<string> {
  const { headers } = await access.credentials(false);
  const { authorization } = headers;
  return typeof authorization === "string" ? authorization.replace(/^Bearer /i, "") : "";
}
