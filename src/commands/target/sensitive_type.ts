/** A kind of object that holds credentials in readable form. */
export interface SensitiveType {
  /** Every word that names it: plural, singular, short names, lower case. The singular is the lower-case kind too. */
  readonly names: readonly string[];
  readonly holds: string;
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
  // Dex with Kubernetes storage, dex.coreos.com.
  { names: ["authcodes", "authcode", "authrequests", "authrequest"], holds: "OAuth codes" },
  { names: ["refreshtokens", "refreshtoken", "offlinesessionses", "offlinesessions"], holds: "refresh tokens" },
  { names: ["devicerequests", "devicerequest", "devicetokens", "devicetoken"], holds: "device tokens" },
  { names: ["oauth2clients", "oauth2client"], holds: "OAuth client secrets" },
  { names: ["passwords", "password"], holds: "password hashes" },
  { names: ["signingkeies", "signingkey", "signingkeys"], holds: "private signing keys" },
];

const HOLDS = new Map(SENSITIVE_TYPES.flatMap(({ names, holds }) => names.map((name) => [name, holds] as const)));

/**
 * What the type holds, when it may not be read; `null` for every other type. `type` is one TYPE[.VERSION][.GROUP] of a
 * list, in any case: kubectl ignores case and finds kinds by their name too.
 */
export function sensitiveContent(type: string): string | null {
  const word = type.split(".", 1)[0] ?? "";
  return HOLDS.get(word.toLowerCase()) ?? null;
}
