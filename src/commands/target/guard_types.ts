import { gradeName } from "../../redaction/secret_name.ts";
import { type Checked, pass, quoteReceived, refuse } from "../checked.ts";
import type { ResolvedType } from "./resolve_types.ts";
import { sensitiveContent } from "./sensitive_type.ts";
import type { ServedType } from "./served_type.ts";
import { isAlwaysBuiltIn } from "./type_name.ts";

/**
 * Groups whose types are called after secrets and hold none that works: they refer to one, say how to make one, or hold
 * it encrypted. They are needed to find out why a Secret is missing.
 */
const REFERRING_GROUPS: ReadonlySet<string> = new Set([
  "external-secrets.io",
  "generators.external-secrets.io",
  "kubernetes-client.io",
  "bitnami.com",
  "isindir.github.com",
  "secrets.hashicorp.com",
  "ricoberger.de",
  "secrets-store.csi.x-k8s.io",
  "secret-sync.x-k8s.io",
  "secrets.infisical.com",
  "secrets.doppler.com",
  "onepassword.com",
  "k8s.bitwarden.com",
  "spv.no",
  "cloudcredential.openshift.io",
  "config.openshift.io",
]);

/** Refuses types that hold credentials, under whatever name, and those of which nobody can tell. */
export function guardTypes(types: readonly ResolvedType[]): Checked<null> {
  for (const { text, served, state } of types) {
    const shown = quoteReceived(text);
    const content = sensitiveContent(text);
    if (content !== null) return refuse("sensitive_type", `${shown} objects hold ${content}`);
    for (const type of served) {
      const holds = contentOf(type);
      if (holds === null) continue;
      const name = type.group === "" ? type.plural : `${type.plural}.${type.group}`;
      const names = text.toLowerCase().startsWith(type.plural) ? shown : `${shown} means ${name}, among others,`;
      return refuse("sensitive_type", `${names === shown ? shown : `${names} whose`} objects hold ${holds}`);
    }
    if (state === "not_served") return refuse("unserved_type", `The API server has no type ${shown}`);
    if (state === "failed") return refuse("discovery_failed", `The agent can't tell what type ${shown} is`);
  }
  return pass(null);
}

function contentOf(type: ServedType): string | null {
  const known = sensitiveContent(`${type.plural}.${type.group}`) ?? sensitiveContent(`${type.kind}.${type.group}`);
  if (known !== null) return known;
  if (REFERRING_GROUPS.has(type.group) || isAlwaysBuiltIn(`${type.plural}.${type.group}`)) return null;
  return namesCredential(type.kind) || namesCredential(type.plural) ? "credentials, by their name" : null;
}

function namesCredential(name: string): boolean {
  const { grade } = gradeName(name);
  return /kubeconfig/i.test(name) || grade === "medium" || grade === "strong" || grade === "certain";
}
