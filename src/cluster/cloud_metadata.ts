import { Agent, type AgentOptions, request } from "node:http";
import { Buffer } from "node:buffer";
import type { CloudMetadata } from "./cluster_facts.ts";
import { isJsonObject, textAt } from "./object_shape.ts";

/** One HTTP exchange with a metadata service; resolves with the body of a 200, rejects with anything else. */
type MetadataExchange = (
  path: string,
  options?: { readonly method?: "GET" | "PUT"; readonly headers?: Readonly<Record<string, string>> },
) => Promise<string>;

interface MetadataAddress {
  readonly host: string;
  readonly port: number;
}

/** The link-local address that AWS, Google, Azure and Oracle share. Fixed: neither DNS nor configuration can point it elsewhere. */
const LINK_LOCAL: MetadataAddress = { host: "169.254.169.254", port: 80 };

/** For the whole conversation. Where a pod may not reach the service, packets just vanish. */
const DEADLINE_MS = 1_000;
const BODY_LIMIT_BYTES = 64 * 1024;

/**
 * With NODE_USE_ENV_PROXY=1 every agent uses $HTTP_PROXY, unless it is given an environment of its own (Node's
 * documentation of `http.Agent`; the type does not know the option yet).
 */
const DIRECT: AgentOptions & { readonly proxyEnv: Readonly<Record<string, string>> } = {
  keepAlive: false,
  proxyEnv: {},
};

type MetadataReader = (exchange: MetadataExchange) => Promise<Omit<CloudMetadata, "provider">>;

/** How each provider's service is asked for a cluster's name and region. */
const READERS: Readonly<Record<string, MetadataReader>> = {
  // Instance tags are served only where the instance was launched with tags in its metadata.
  eks: async (exchange) => {
    const token = await exchange("/latest/api/token", {
      method: "PUT",
      headers: { "x-aws-ec2-metadata-token-ttl-seconds": "60" },
    });
    const headers = { "x-aws-ec2-metadata-token": token };
    const get = (path: string) => exchange(path, { headers }).catch(() => null);
    const region = await get("/latest/meta-data/placement/region");
    const name = await get("/latest/meta-data/tags/instance/aws:eks:cluster-name") ??
      await get("/latest/meta-data/tags/instance/eks:cluster-name");
    return { name: textOrNull(name), region: textOrNull(region) };
  },
  gke: async (exchange) => {
    const headers = { "metadata-flavor": "Google" };
    const get = (name: string) => exchange(`/computeMetadata/v1/instance/attributes/${name}`, { headers });
    const [name, location] = [await get("cluster-name"), await get("cluster-location")];
    return { name: textOrNull(name), region: textOrNull(location.trim().replace(/-[a-z]$/, "")) };
  },
  aks: async (exchange) => {
    const body = await exchange("/metadata/instance/compute?api-version=2021-02-01", { headers: { metadata: "true" } });
    const compute = parseObject(body);
    const parts = textAt(compute, "resourceGroupName").split("_");
    const name = parts.length === 4 && parts[0]?.toLowerCase() === "mc" ? parts[2] : null;
    return { name: textOrNull(name), region: textOrNull(textAt(compute, "location")) };
  },
  oke: async (exchange) => {
    const instance = parseObject(await exchange("/opc/v2/instance/", { headers: { authorization: "Bearer Oracle" } }));
    return {
      name: textOrNull(textAt(instance, "metadata", "oke-cluster-display-name")),
      region: textOrNull(textAt(instance, "canonicalRegionName") || textAt(instance, "region")),
    };
  },
};

/**
 * Asks the metadata service of `provider` (`eks`, `gke`, `aks`, `oke`) for the cluster's name and region, within one
 * second. Rejects for the other providers, and when the service does not answer. No redirect is followed and no proxy used.
 * `address` is for tests.
 */
export async function readCloudMetadata(
  provider: string,
  signal: AbortSignal,
  address: MetadataAddress = LINK_LOCAL,
): Promise<CloudMetadata> {
  const read = Object.hasOwn(READERS, provider) ? READERS[provider] : undefined;
  if (read === undefined) throw new Error(`${provider} has no metadata service that names a cluster`);
  const agent = new Agent(DIRECT);
  const timeout = new AbortController();
  const timer = setTimeout(
    () => timeout.abort(new Error(`the metadata service of ${provider} did not answer within ${DEADLINE_MS} ms`)),
    DEADLINE_MS,
  );
  try {
    const both = AbortSignal.any([signal, timeout.signal]);
    return { provider, ...await read(openExchange(address, agent, both)) };
  } catch (error) {
    timeout.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    agent.destroy();
  }
}

function openExchange({ host, port }: MetadataAddress, agent: Agent, signal: AbortSignal): MetadataExchange {
  return (path, { method = "GET", headers = {} } = {}) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const outgoing = request({ host, port, path, method, headers: { ...headers }, agent, signal }, (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > BODY_LIMIT_BYTES) response.destroy(new Error("the metadata service's answer is too large"));
          else chunks.push(chunk);
        });
        response.on("error", reject);
        response.on("end", () => {
          if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString("utf8"));
          else reject(new Error(`the metadata service answered ${response.statusCode} to ${path}`));
        });
      });
      outgoing.on("error", reject);
      outgoing.end();
    });
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  return isJsonObject(value) ? value : {};
}

function textOrNull(value: string | null | undefined): string | null {
  return value?.trim() || null;
}
