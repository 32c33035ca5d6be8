import type { FailureKind } from "../lifecycle/errors.ts";
import type { ClusterIdentity } from "./cluster_identity.ts";
import { type ClusterFacts, noFacts } from "./cluster_facts.ts";
import { decideId, type IdDecision, idEvidence, type IdRules } from "./decide_id.ts";
import { describeCluster, type GivenDescription } from "./describe_cluster.ts";
import { gatherFacts, type GatherOptions, readKubeSystem } from "./gather_facts.ts";

export interface IdentifyOptions extends GatherOptions, IdRules {
  /** What the operator calls the cluster (`CLUSTER_NAME`), "" when not set. */
  readonly givenName: string;
}

/** A cluster whose id is sure. The rest of its description takes more requests, and nobody has to wait for it. */
export interface IdentifiedCluster {
  readonly kind: "identified";
  readonly id: string;
  readonly source: string;
  /**
   * Asks for everything else, once, and describes the cluster. Never rejects; `complete` is false when something could
   * not be reached, so that asking again later could tell more.
   */
  describe(): Promise<DescribedCluster>;
}

interface DescribedCluster {
  readonly identity: ClusterIdentity;
  /** The UID of kube-system, whatever the id is made from: two clusters under one id differ here. */
  readonly clusterUid: string | null;
  readonly complete: boolean;
}

/** No id: ask again (`retry`), or tell the operator (`impossible`). `describe` still says what could be learned. */
interface UnidentifiedCluster {
  readonly kind: "retry" | "impossible";
  readonly reason: string;
  readonly failure: FailureKind;
  readonly facts: ClusterFacts;
}

export type IdentityOutcome = IdentifiedCluster | UnidentifiedCluster;

/**
 * Finds out which cluster this is. One request settles it nearly always; only when kube-system can't be read, when the id
 * differs from the one used before, or when a readable id is wanted, is the rest asked for as well.
 */
export async function identifyCluster(options: IdentifyOptions, signal: AbortSignal): Promise<IdentityOutcome> {
  const gather = (kubeSystem: ClusterFacts["kubeSystem"]) => gatherFacts(options, kubeSystem, signal);
  if (options.override !== null) {
    const decision = decideFrom(noFacts("not asked: the id is set"), options);
    const facts = once(async () => gather(await readKubeSystem(options, signal)));
    return outcomeOf(decision, facts, noFacts(""), options);
  }
  const kubeSystem = await readKubeSystem(options, signal);
  const first: ClusterFacts = { ...noFacts("not asked"), kubeSystem };
  const facts = once(() => gather(kubeSystem));
  if (kubeSystem.kind === "unreachable") return outcomeOf(decideFrom(first, options), facts, first, options);
  const early = decideFrom(first, options);
  const settled = options.style === "uid" && early.kind === "identified" && early.source === "kube-system-uid" &&
    (options.remembered === null || options.remembered === early.id);
  if (settled) return outcomeOf(early, facts, first, options);
  const all = await facts();
  return outcomeOf(decideFrom(all, options), facts, all, options);
}

/** The identity that `facts` show, all in one: what a dump holds, or what was gathered. Pure. */
export function identityFromFacts(
  facts: ClusterFacts,
  options: IdRules & Pick<IdentifyOptions, "givenName">,
): { readonly decision: IdDecision; readonly description: Omit<ClusterIdentity, "id" | "source"> } {
  const { provider, name, region, evidence } = describeCluster(facts, givenTo(options));
  return {
    decision: decideFrom(facts, options),
    description: { provider, name, region, evidence: [...idEvidence(facts, options.override), ...evidence] },
  };
}

function decideFrom(facts: ClusterFacts, options: IdRules & Pick<IdentifyOptions, "givenName">): IdDecision {
  return decideId(facts, describeCluster(facts, givenTo(options)), options);
}

function givenTo(options: IdRules & Pick<IdentifyOptions, "givenName">): GivenDescription {
  return { givenName: options.givenName, givenId: options.override?.value ?? "" };
}

function outcomeOf(
  decision: IdDecision,
  facts: () => Promise<ClusterFacts>,
  known: ClusterFacts,
  options: IdentifyOptions,
): IdentityOutcome {
  if (decision.kind !== "identified") {
    return { ...decision, facts: known };
  }
  const { id, source } = decision;
  const describe = once(async () => {
    const all = await facts();
    return {
      identity: { id, source, ...identityFromFacts(all, options).description },
      clusterUid: all.kubeSystem.kind === "found" ? all.kubeSystem.value.uid || null : null,
      complete: Object.values(all).every((fact) => fact.kind !== "unreachable"),
    };
  });
  return { kind: "identified", id, source, describe };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => made ??= make();
}
