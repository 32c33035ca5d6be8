import type { IdentityEvidence } from "./cluster_identity.ts";
import type { ClusterFacts } from "./cluster_facts.ts";
import { detectProvider } from "./detect_provider.ts";
import { firstFinding } from "./finding.ts";
import { NAME_METHODS } from "./name_methods.ts";
import { REGION_METHODS } from "./region_methods.ts";
import { readTokenIssuer } from "./token_issuer.ts";

/** What a cluster is called and where it runs: best effort, changeable, never part of its identity. */
interface ClusterDescription {
  readonly provider: string | null;
  readonly name: string | null;
  readonly region: string | null;
  readonly evidence: readonly IdentityEvidence[];
}

export interface GivenDescription {
  /** `CLUSTER_NAME`, "" when not set. */
  readonly givenName: string;
  /** `CLUSTER_ID`, "" when not set. */
  readonly givenId: string;
}

/** Reads provider, name and region out of the facts, with what every method found. Pure; never throws. */
export function describeCluster(facts: ClusterFacts, given: GivenDescription): ClusterDescription {
  const detected = detectProvider(facts);
  const issuer = facts.tokenIssuer.kind === "found" ? readTokenIssuer(facts.tokenIssuer.value) : null;
  const provider = detected.provider ?? issuer?.provider ?? null;
  const name = firstFinding(NAME_METHODS, { facts, provider, ...given });
  const region = firstFinding(REGION_METHODS, { facts, provider, ...given });
  return {
    provider,
    name: name.value,
    region: region.value,
    evidence: [...detected.evidence, ...name.evidence, ...region.evidence],
  };
}
