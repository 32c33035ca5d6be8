import type { KubeClient } from "../kube/kube_client.ts";
import { KubeError } from "../kube/kube_error.ts";
import { backoffMs } from "../lifecycle/backoff.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { AgentError } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import { subjectToken } from "../wire/subject_token.ts";
import type { ClusterIdentity, IdentityEvidence } from "./cluster_identity.ts";

/** What asking for the cluster's identity came to. Not allowed is not the same as not reachable. */
export type IdentityFinding =
  | { readonly kind: "identified"; readonly identity: ClusterIdentity }
  /** The API server could not answer: asking again later may help, and no other id may take the place. */
  | { readonly kind: "unreachable"; readonly reason: string; readonly evidence: readonly IdentityEvidence[] }
  /** The API server answered, and there is nothing to tell this cluster from others. */
  | { readonly kind: "impossible"; readonly reason: string; readonly evidence: readonly IdentityEvidence[] };

export interface IdentifyOptions {
  readonly client: KubeClient;
  /** `cluster_id` of the configuration, or of the environment; "" detects. */
  readonly configuredId: string;
}

/**
 * OpenTelemetry's `k8s.cluster.uid` is the same value: the namespace can't be deleted, so its UID lives as long as the
 * cluster does (semantic conventions, docs/resource/k8s.md).
 */
const KUBE_SYSTEM = "/api/v1/namespaces/kube-system";
const DEADLINE_MS = 5_000;

/** Asks once which cluster this is: the configured id, else the UID of the kube-system namespace. */
export async function identifyCluster(options: IdentifyOptions, signal: AbortSignal): Promise<IdentityFinding> {
  if (options.configuredId !== "") {
    const evidence = [{ method: "environment", found: true, detail: `cluster_id is set to "${options.configuredId}"` }];
    return identified(subjectToken(options.configuredId), "environment", evidence);
  }
  const unset = { method: "environment", found: false, detail: "neither CLUSTER_ID nor cluster_id is set" };
  const method = "kube-system-uid";
  try {
    const namespace = await options.client.request({ path: KUBE_SYSTEM, signal, timeoutMs: DEADLINE_MS });
    const uid = uidOf(namespace);
    if (uid !== null) {
      return identified(subjectToken(`k8s-${uid}`), method, [unset, { method, found: true, detail: `UID ${uid}` }]);
    }
    const evidence = [unset, { method, found: false, detail: "the namespace kube-system has no UID" }];
    return { kind: "impossible", reason: `${NO_ID}: the namespace kube-system has no UID; set CLUSTER_ID`, evidence };
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    const evidence = [unset, { method, found: false, detail: error.message }];
    if (error.status !== 403 && error.status !== 404) return { kind: "unreachable", reason: error.message, evidence };
    const remedy = 'set CLUSTER_ID, or grant "get namespaces" for kube-system to the agent\'s role';
    return { kind: "impossible", reason: `${NO_ID}: ${error.message.split(";")[0]}; ${remedy}`, evidence };
  }
}

const NO_ID = "Cannot tell which cluster this is";
const BACKOFF = { firstMs: 500, limitMs: 15_000, jitter: 0.2 };

/** Asks until there is an answer; rejects when there can't be one, with what to set. */
export async function identifyUntilSure(
  options: IdentifyOptions & { readonly clock: Clock; readonly onProblem: (reason: string) => void },
  signal: AbortSignal,
): Promise<ClusterIdentity> {
  const log = createLogger("cluster");
  for (let attempt = 0;; attempt++) {
    const finding = await identifyCluster(options, signal);
    if (finding.kind === "identified") return finding.identity;
    if (finding.kind === "impossible") throw new AgentError("not_permitted", finding.reason);
    const waitMs = backoffMs(attempt, BACKOFF);
    options.onProblem(finding.reason);
    log.warn("Cannot find out yet which cluster this is", { error: finding.reason, waitMs });
    await options.clock.sleep(waitMs, signal);
  }
}

function identified(id: string, source: string, evidence: readonly IdentityEvidence[]): IdentityFinding {
  return { kind: "identified", identity: { id, source, provider: null, name: null, region: null, evidence } };
}

function uidOf(namespace: unknown): string | null {
  if (typeof namespace !== "object" || namespace === null || !("metadata" in namespace)) return null;
  const { metadata } = namespace;
  if (typeof metadata !== "object" || metadata === null || !("uid" in metadata)) return null;
  return typeof metadata.uid === "string" && metadata.uid !== "" ? metadata.uid : null;
}
