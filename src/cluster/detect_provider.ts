import type { IdentityEvidence } from "./cluster_identity.ts";
import type { ClusterFacts, NodesFact } from "./cluster_facts.ts";
import { absent } from "./fact.ts";
import { evidenceOf, type Finding, finding, firstFinding, type Method, readFact } from "./finding.ts";
import { aksResource } from "./aks_resource.ts";
import { isVirtualNode, type NodeFact } from "./node_fact.ts";
import type { NodeSurroundings } from "./node_sign.ts";
import { contradicts, type Platform, PLATFORMS } from "./platforms.ts";

interface ProviderAnswer {
  readonly provider: string | null;
  readonly evidence: readonly IdentityEvidence[];
}

/** Objects that only one platform has: they beat every label, since writing them takes a cluster administrator. */
const OBJECT_METHODS: readonly Method<ClusterFacts>[] = [
  {
    method: "provider/openshift-objects",
    read: ({ openshiftVersion, openshiftInfrastructure }) => {
      const seen = { kind: "found", value: "openshift", detail: "config.openshift.io objects" } as const;
      return openshiftInfrastructure.kind === "found" ? seen : readFact(openshiftVersion, () => seen);
    },
  },
  {
    method: "provider/shoot-info",
    read: ({ shootInfo }) => readFact(shootInfo, (data) => whenNamed("gardener", data.get("shootName"), "shootName")),
  },
  {
    method: "provider/aks-cluster-metadata",
    read: ({ aksMetadata }) =>
      readFact(aksMetadata, (data) => {
        const id = data.get("clusterResourceId") ?? "";
        return whenNamed("aks", aksResource(id)?.name, "an AKS clusterResourceId");
      }),
  },
  {
    method: "provider/ack-cluster-profile",
    read: ({ ackProfile }) => readFact(ackProfile, (data) => whenNamed("ack", data.get("clusterid"), "clusterid")),
  },
];

const VERSION_METHOD: Method<ClusterFacts> = {
  method: "provider/server-version",
  read: ({ serverVersion }) =>
    readFact(serverVersion, (version) => {
      const platform = PLATFORMS.find(({ version: pattern }) => pattern?.test(version));
      return finding(platform?.provider ?? "", version.slice(0, 60), `${version.slice(0, 60)} is plain Kubernetes`);
    }),
};

/**
 * Which platform this cluster runs on: objects that only one platform has, else what most nodes are, else the API
 * server's version. `null` when nothing says it: a guess would be believed.
 */
export function detectProvider(facts: ClusterFacts): ProviderAnswer {
  const byObject = firstFinding(OBJECT_METHODS, facts);
  const byNodes = detectFromNodes(facts);
  const byVersion = firstFinding([VERSION_METHOD], facts);
  return {
    provider: byObject.value ?? byNodes.provider ?? byVersion.value,
    evidence: [...byObject.evidence, ...byNodes.evidence, ...byVersion.evidence],
  };
}

function whenNamed(provider: string, value: string | undefined, what: string): Finding {
  return (value ?? "").trim() === ""
    ? absent(`it holds no ${what}`)
    : { kind: "found", value: provider, detail: `it holds ${what}` };
}

function detectFromNodes(facts: ClusterFacts): ProviderAnswer {
  const { nodes } = facts;
  if (nodes.kind !== "found") {
    const evidence = PLATFORMS.map(({ provider }) => evidenceOf(`provider/${provider}`, nodes));
    return { provider: null, evidence };
  }
  const real = nodes.value.nodes.filter((node) => !isVirtualNode(node));
  const around = { nodes: real, facts };
  const claims = real.map((node) => claimOf(node, around));
  return {
    provider: mostOf(claims.map((claim) => claim?.provider ?? null)),
    evidence: [
      sampleEvidence(nodes.value, real.length),
      ...PLATFORMS.map((platform) => platformEvidence(platform, claims, around)),
    ],
  };
}

interface Claim {
  readonly provider: string;
  readonly seen: string;
}

/** The first platform whose mark the node bears without contradiction. */
function claimOf(node: NodeFact, around: NodeSurroundings): Claim | null {
  for (const platform of PLATFORMS) {
    const seen = platform.sign(node, around);
    if (seen !== null && contradicts(platform)(node, around) === null) return { provider: platform.provider, seen };
  }
  return null;
}

/** More than half of all nodes; else what all recognised ones agree on. */
function mostOf(providers: readonly (string | null)[]): string | null {
  const votes = new Map<string, number>();
  for (const provider of providers) if (provider !== null) votes.set(provider, (votes.get(provider) ?? 0) + 1);
  for (const [provider, count] of votes) if (count * 2 > providers.length || votes.size === 1) return provider;
  return null;
}

function sampleEvidence({ nodes, total }: NodesFact, real: number): IdentityEvidence {
  const size = total !== null && total > nodes.length ? `the first ${nodes.length} of ${total}` : `${nodes.length}`;
  const virtual = nodes.length - real;
  const detail = `${size} nodes looked at` + (virtual > 0 ? `, ${virtual} virtual ones left out` : "");
  return { method: "provider/nodes", found: real > 0, detail };
}

function platformEvidence(
  platform: Platform,
  claims: readonly (Claim | null)[],
  around: NodeSurroundings,
): IdentityEvidence {
  const method = `provider/${platform.provider}`;
  const mine = claims.filter((claim) => claim?.provider === platform.provider);
  const [first] = mine;
  if (first) return { method, found: true, detail: `${first.seen} (${mine.length} of ${claims.length} nodes)` };
  for (const node of around.nodes) {
    const seen = platform.sign(node, around);
    if (seen === null) continue;
    const against = contradicts(platform)(node, around);
    const why = against === null ? "a platform above claims the node" : `${against} contradicts it`;
    return { method, found: false, detail: `${seen} does not count: ${why}` };
  }
  return { method, found: false, detail: `no node shows: ${platform.marks}` };
}
