import { readTypeName } from "./type_name.ts";

/** A kind of object that holds credentials in readable form. */
interface SensitiveType {
  /** Every word that names it: plural, singular, short names, lower case. The singular is the lower-case kind too. */
  readonly names: readonly string[];
  readonly holds: string;
  /** A group whose type of that name holds settings alone; it has to be named. */
  readonly notIn?: string;
}

/**
 * Types that may not be read. What counts is whether an object's own fields hold a credential that works. Types that
 * only refer to a Secret (external-secrets.io ExternalSecret and SecretStore, SecretProviderClass, Certificate) or hold
 * it encrypted (SealedSecret) are needed for diagnosis and are not here; neither are ConfigMaps, whose output the
 * redaction reads. The group is not compared: kubectl finds a type by its first word in any group.
 */
export const SENSITIVE_TYPES: readonly SensitiveType[] = [
  { names: ["secrets", "secret"], holds: "credentials" },
  { names: ["tokenreviews", "tokenreview", "tokenrequests", "tokenrequest"], holds: "bearer tokens" },
  // Rancher, management.cattle.io.
  { names: ["tokens", "token"], holds: "API tokens" },
  { names: ["clusterregistrationtokens", "clusterregistrationtoken"], holds: "tokens that join a cluster" },
  // OpenShift, oauth.openshift.io.
  {
    names: ["oauthaccesstokens", "oauthaccesstoken", "useroauthaccesstokens", "useroauthaccesstoken"],
    holds: "OAuth tokens",
  },
  { names: ["oauthauthorizetokens", "oauthauthorizetoken"], holds: "OAuth tokens" },
  { names: ["oauthclients", "oauthclient"], holds: "OAuth client secrets" },
  // Cluster API's bootstrap providers, bootstrap.cluster.x-k8s.io: tokens and keys that make a machine a node.
  { names: ["kubeadmconfigs", "kubeadmconfig"], holds: "tokens that join a cluster" },
  { names: ["talosconfigs", "talosconfig"], holds: "keys of machines" },
  // Dex with Kubernetes storage, dex.coreos.com.
  { names: ["authcodes", "authcode", "authrequests", "authrequest"], holds: "OAuth codes" },
  { names: ["refreshtokens", "refreshtoken", "offlinesessionses", "offlinesessions"], holds: "refresh tokens" },
  { names: ["devicerequests", "devicerequest", "devicetokens", "devicetoken"], holds: "device tokens" },
  { names: ["oauth2clients", "oauth2client"], holds: "OAuth client secrets" },
  { names: ["passwords", "password"], holds: "password hashes", notIn: "generators.external-secrets.io" },
  { names: ["signingkeies", "signingkey", "signingkeys"], holds: "private signing keys" },
];

const BY_NAME = new Map(SENSITIVE_TYPES.flatMap((type) => type.names.map((name) => [name, type] as const)));

/**
 * What the type holds, when it may not be read; `null` for every other type. `type` is one TYPE[.VERSION][.GROUP] of a
 * list, in any case: kubectl ignores case and finds kinds by their name too.
 */
export function sensitiveContent(type: string): string | null {
  const { group, word } = readTypeName(type);
  const found = BY_NAME.get(word);
  return found === undefined || (group !== "" && group === found.notIn) ? null : found.holds;
}
