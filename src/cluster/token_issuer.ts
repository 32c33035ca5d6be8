import { Buffer } from "node:buffer";
import { textAt } from "./object_shape.ts";

/** What a token issuer's address gives away. `unique` is false for the default that every plain cluster shares. */
interface TokenIssuer {
  readonly unique: boolean;
  readonly provider: string | null;
  readonly name: string | null;
  readonly region: string | null;
}

const EKS = /^https:\/\/oidc\.eks\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/id\/[0-9A-Fa-f]{32}$/;
const GKE = /^https:\/\/container\.googleapis\.com\/v1\/projects\/[^/]+\/locations\/([^/]+)\/clusters\/([^/]+)$/;
const AKS = /^https:\/\/([a-z0-9]+)\.oic\.prod-aks\.azure\.com\/[^/]+\/[^/]+\/?$/;
/** kubeadm, k3s and kind leave the issuer at the in-cluster address of the API server. */
const SHARED = /^(https?:\/\/)?kubernetes(\.default(\.svc(\.[a-z0-9.-]+)?)?)?(:\d+)?\/?$|^kubernetes\/serviceaccount$/i;
const ZONE = /-[a-z]$/;

export function readTokenIssuer(issuer: string): TokenIssuer {
  const eks = EKS.exec(issuer);
  if (eks) return { unique: true, provider: "eks", name: null, region: eks[1] ?? null };
  const gke = GKE.exec(issuer);
  if (gke) return { unique: true, provider: "gke", name: gke[2] ?? null, region: gke[1]?.replace(ZONE, "") ?? null };
  const aks = AKS.exec(issuer);
  if (aks) return { unique: true, provider: "aks", name: null, region: aks[1] ?? null };
  return { unique: issuer !== "" && !SHARED.test(issuer), provider: null, name: null, region: null };
}

/**
 * `iss` of a service account token (a JWT), "" when there is none. The signature is not checked: the token is the
 * agent's own, and nothing is granted by it here.
 */
export function issuerOfToken(token: string): string {
  const [, payload = ""] = token.trim().split(".");
  try {
    return textAt(JSON.parse(Buffer.from(payload, "base64url").toString("utf8")), "iss");
  } catch {
    return "";
  }
}
