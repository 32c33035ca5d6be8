import type { KubeClient, KubeListPage } from "../kube/kube_client.ts";
import { KubeError } from "../kube/kube_error.ts";
import {
  type CloudMetadata,
  type ClusterFacts,
  CONFIG_MAPS,
  type NamespaceFact,
  type NodesFact,
} from "./cluster_facts.ts";
import { detectProvider } from "./detect_provider.ts";
import { absent, type Fact, found, missingFact } from "./fact.ts";
import { parseNode } from "./node_fact.ts";
import { type StringMap, stringMapAt, textAt } from "./object_shape.ts";
import { parseInfrastructure, parseKubeSystem } from "./parse_facts.ts";
import { issuerOfToken } from "./token_issuer.ts";

/** The part of the API client that this takes. */
export type FactClient = Pick<KubeClient, "request" | "listPages">;

export interface GatherOptions {
  readonly kube: FactClient;
  /** Reads the agent's own service account token, for its issuer; `null` while that is switched off. */
  readonly readToken: (() => Promise<string>) | null;
  /** Asks a provider's metadata service; `null` while that is switched off. */
  readonly readCloudMetadata: ((provider: string, signal: AbortSignal) => Promise<CloudMetadata>) | null;
  /** For one fact, connect to last byte. Default 5 s. */
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 5_000;

/**
 * Nodes looked at. Provider and region are majorities, and a majority among 100 is one among 5,000 unless a cluster is
 * mixed nearly half and half, where the honest answer is "not known" anyway. 100 nodes are 1 to 2 MB; 5,000 would be
 * up to 100 MB at every start of every agent, and the id does not depend on them at all.
 */
const NODE_SAMPLE = 100;

/** Reads the namespace that the id is made from: one request, before anything else. Never rejects. */
export function readKubeSystem(options: GatherOptions, signal: AbortSignal): Promise<Fact<NamespaceFact>> {
  return readObject(options, signal, "/api/v1/namespaces/kube-system", parseKubeSystem);
}

/**
 * Asks for everything else at once, each fact with its own deadline and each allowed to fail. Never rejects: what failed
 * says so in its fact, and after `signal` fired all of them do.
 */
export async function gatherFacts(
  options: GatherOptions,
  kubeSystem: Fact<NamespaceFact>,
  signal: AbortSignal,
): Promise<ClusterFacts> {
  const configMap = (key: keyof typeof CONFIG_MAPS): Promise<Fact<StringMap>> => {
    const { namespace, name } = CONFIG_MAPS[key];
    const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
    return readObject(options, signal, path, (object) => stringMapAt(object, "data"));
  };
  const openshift = <T>(path: string, parse: (object: unknown) => T) =>
    readObject(options, signal, `/apis/config.openshift.io/v1/${path}`, parse);
  const [
    nodes,
    serverVersion,
    clusterProperty,
    openshiftVersion,
    openshiftInfrastructure,
    shootInfo,
    gardenerIdentity,
    ackProfile,
    aksMetadata,
    kubeadmConfig,
    tokenIssuer,
  ] = await Promise.all([
    readNodes(options, signal),
    readObject(options, signal, "/version", (object) => textAt(object, "gitVersion") || null),
    readClusterProperty(options, signal),
    openshift("clusterversions/version", (object) => textAt(object, "spec", "clusterID")),
    openshift("infrastructures/cluster", parseInfrastructure),
    configMap("shootInfo"),
    configMap("gardenerIdentity"),
    configMap("ackProfile"),
    configMap("aksMetadata"),
    configMap("kubeadmConfig"),
    readIssuer(options),
  ]);
  const facts: ClusterFacts = {
    kubeSystem,
    nodes,
    serverVersion,
    clusterProperty,
    openshiftVersion,
    openshiftInfrastructure,
    shootInfo,
    gardenerIdentity,
    ackProfile,
    aksMetadata,
    kubeadmConfig,
    tokenIssuer,
    cloudMetadata: absent("the cloud metadata service is not switched on"),
  };
  return { ...facts, cloudMetadata: await readMetadata(options, facts, signal) };
}

/** GETs one object; an answer that `parse` does not know (`null`) is no answer. */
async function readObject<T>(
  { kube, deadlineMs }: GatherOptions,
  signal: AbortSignal,
  path: string,
  parse: (object: unknown) => T | null,
): Promise<Fact<T>> {
  try {
    const value = parse(await kube.request({ path, signal, timeoutMs: deadlineMs ?? DEADLINE_MS }));
    if (value !== null) return found(value);
    return missingFact(
      new KubeError(`Cannot use the answer to GET ${path}: it is not the object`, {
        status: 0,
        reason: "BadAnswer",
      }),
    );
  } catch (error) {
    return missingFact(error);
  }
}

/** One page, in the order of names. */
async function readNodes({ kube, deadlineMs }: GatherOptions, signal: AbortSignal): Promise<Fact<NodesFact>> {
  try {
    const request = { path: "/api/v1/nodes", pageLimit: NODE_SAMPLE, signal, timeoutMs: deadlineMs ?? DEADLINE_MS };
    let page: KubeListPage | null = null;
    for await (page of kube.listPages(request)) break;
    const items = page?.items ?? [];
    // A server that answers from its cache may ignore the limit.
    const nodes = items.slice(0, NODE_SAMPLE).map(parseNode).filter((node) => node !== null);
    return found({ nodes, total: items.length + (page?.remainingItemCount ?? 0) });
  } catch (error) {
    return missingFact(error);
  }
}

/** The About API's newer version first: clusters serve one of them, most serve none. */
async function readClusterProperty(options: GatherOptions, signal: AbortSignal): Promise<Fact<string>> {
  const read = (version: string) =>
    readObject(
      options,
      signal,
      `/apis/about.k8s.io/${version}/clusterproperties/cluster.clusterset.k8s.io`,
      (object) => textAt(object, "spec", "value"),
    );
  const newer = await read("v1beta1");
  return newer.kind === "absent" ? await read("v1alpha1") : newer;
}

async function readIssuer({ readToken }: GatherOptions): Promise<Fact<string>> {
  if (readToken === null) return absent("the token issuer is not switched on");
  try {
    const issuer = issuerOfToken(await readToken());
    return issuer === "" ? absent("the agent's token names no issuer") : found(issuer);
  } catch (error) {
    return absent(`the agent's token can't be read: ${missingFact(error).detail}`);
  }
}

/** Which service to ask is known only once the provider is. A metadata service that does not answer is absent: it often is. */
async function readMetadata(
  { readCloudMetadata }: GatherOptions,
  facts: ClusterFacts,
  signal: AbortSignal,
): Promise<Fact<CloudMetadata>> {
  if (readCloudMetadata === null) return facts.cloudMetadata;
  const { provider } = detectProvider(facts);
  if (provider === null) return absent("which metadata service to ask is not known: the provider is not");
  try {
    return found(await readCloudMetadata(provider, signal));
  } catch (error) {
    return absent(missingFact(error).detail);
  }
}
