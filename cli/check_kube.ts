import * as z from "zod/mini";
import type { Config } from "../src/config/config_schema.ts";
import { type Permission, requiredPermissions } from "../src/config/required_permissions.ts";
import { KubeError } from "../src/kube/kube_error.ts";
import { errorMessage } from "../src/lifecycle/errors.ts";
import "../src/lifecycle/schema_texts.ts";
import type { ConnectionCheck, OpenedKube } from "./connection_check.ts";

const versionSchema = z.object({ gitVersion: z.string() });
const reviewSchema = z.object({ status: z.object({ allowed: z.boolean(), reason: z.optional(z.string()) }) });

/**
 * Asks the API server for its version and, one SelfSubjectAccessReview each, for every right that `config` needs.
 * Failures are results; it rejects only when `signal` fires.
 */
export async function checkKube(kube: OpenedKube, config: Config, signal: AbortSignal): Promise<ConnectionCheck[]> {
  const { client, ownNamespace } = kube;
  try {
    const { gitVersion } = versionSchema.parse(await client.request({ path: "/version", signal }));
    const checks: ConnectionCheck[] = [
      { check: "kubernetes connect", ok: true, detail: `${client.server} runs ${gitVersion}` },
    ];
    for (const permission of requiredPermissions(config, ownNamespace)) {
      checks.push(await checkPermission(kube, permission, signal));
    }
    return checks;
  } catch (error) {
    signal.throwIfAborted();
    return [{
      check: "kubernetes connect",
      ok: false,
      detail: errorMessage(error),
      remedy: "check the address, the network and the credentials of the API server",
      failure: error instanceof KubeError && (error.status === 401 || error.status === 403)
        ? "not_permitted"
        : "unreachable",
    }];
  }
}

async function checkPermission(
  { client }: OpenedKube,
  permission: Permission,
  signal: AbortSignal,
): Promise<ConnectionCheck> {
  const { verb, group, resource, namespace, name, need, purpose } = permission;
  const check = describePermission(permission);
  const [plural, subresource = ""] = resource.split("/");
  const answer = await client.request({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { verb, group, resource: plural, subresource, namespace, name } },
    },
    signal,
  });
  const { status } = reviewSchema.parse(answer);
  if (status.allowed) return { check, ok: true, detail: `allowed; for: ${purpose}` };
  const remedy = `grant "${check}" to the agent's role`;
  if (need === "optional") return { check, ok: true, detail: `not allowed; left out: ${purpose}`, remedy };
  return { check, ok: false, detail: `not allowed; needed for: ${purpose}`, remedy, failure: "not_permitted" };
}

/** `list nodes`, `get namespaces "kube-system"`, `list pods.metrics.k8s.io in "web"`. */
function describePermission({ verb, group, resource, namespace, name }: Permission): string {
  return `${verb} ${resource}${group === "" ? "" : `.${group}`}${name === "" ? "" : ` "${name}"`}` +
    (namespace === "" ? "" : ` in namespace "${namespace}"`);
}
