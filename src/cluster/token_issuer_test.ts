import assert from "node:assert/strict";
import { issuerOfToken, readTokenIssuer } from "./token_issuer.ts";

const NONE = { provider: null, name: null, region: null };
const CASES: readonly { given: string; want: ReturnType<typeof readTokenIssuer> }[] = [
  {
    given: "https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF",
    want: { unique: true, provider: "eks", name: null, region: "eu-west-1" },
  },
  {
    given: "https://container.googleapis.com/v1/projects/p/locations/us-central1-c/clusters/web",
    want: { unique: true, provider: "gke", name: "web", region: "us-central1" },
  },
  {
    given: "https://container.googleapis.com/v1/projects/p/locations/us-central1/clusters/web",
    want: { unique: true, provider: "gke", name: "web", region: "us-central1" },
  },
  {
    given: "https://eastus.oic.prod-aks.azure.com/tenant/0b1c/",
    want: { unique: true, provider: "aks", name: null, region: "eastus" },
  },
  { given: "https://login.example.org/cluster-7", want: { unique: true, ...NONE } },
  { given: "https://kubernetes.default.svc.cluster.local", want: { unique: false, ...NONE } },
  { given: "https://kubernetes.default.svc", want: { unique: false, ...NONE } },
  { given: "kubernetes/serviceaccount", want: { unique: false, ...NONE } },
  { given: "", want: { unique: false, ...NONE } },
];

for (const { given, want } of CASES) {
  Deno.test(`token issuer: ${given || "none"}`, () => assert.deepEqual(readTokenIssuer(given), want));
}

const tokenOf = (payload: unknown) => `e30.${btoa(JSON.stringify(payload)).replaceAll("=", "")}.c2ln`;

Deno.test("issuerOfToken reads iss", () => assert.equal(issuerOfToken(tokenOf({ iss: "https://a" })), "https://a"));

for (const token of ["", "opaque", "a.b.c", tokenOf([]), tokenOf({ iss: 7 }), "a..c"]) {
  Deno.test(`issuerOfToken: no issuer in ${JSON.stringify(token)}`, () => assert.equal(issuerOfToken(token), ""));
}
