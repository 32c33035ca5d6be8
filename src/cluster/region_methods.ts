import { finding, type Method, readFact } from "./finding.ts";
import { type DescriptionInput, fromNodes, only } from "./name_methods.ts";
import { regionOfProviderId } from "./provider_id.ts";
import { readTokenIssuer } from "./token_issuer.ts";

/** Where the region can stand, the most reliable first. Reported as written: `cd`, `iad` and `GRA11` are regions too. */
export const REGION_METHODS: readonly Method<DescriptionInput>[] = [
  {
    method: "region/openshift-infrastructure",
    read: only("openshift", ({ openshiftInfrastructure }) =>
      readFact(
        openshiftInfrastructure,
        ({ region }) => finding(region, "status.platformStatus", "status.platformStatus names no region"),
      )),
  },
  {
    method: "region/shoot-info",
    read: only("gardener", ({ shootInfo }) =>
      readFact(
        shootInfo,
        (data) => finding(data.get("region") ?? "", "region in shoot-info", "shoot-info holds no region"),
      )),
  },
  {
    method: "region/node-labels",
    read: ({ facts }) =>
      fromNodes(
        facts,
        "label topology.kubernetes.io/region",
        ({ labels }) =>
          labels.get("topology.kubernetes.io/region") || labels.get("failure-domain.beta.kubernetes.io/region"),
      ),
  },
  {
    method: "region/ibm-label",
    read: only(
      "iks",
      (facts) =>
        fromNodes(
          facts,
          "label ibm-cloud.kubernetes.io/region",
          ({ labels }) => labels.get("ibm-cloud.kubernetes.io/region"),
        ),
    ),
  },
  {
    method: "region/provider-id",
    read: ({ facts }) =>
      fromNodes(facts, "a region in its providerID", ({ providerId }) => regionOfProviderId(providerId)),
  },
  {
    method: "region/token-issuer",
    read: ({ facts }) =>
      readFact(
        facts.tokenIssuer,
        (issuer) => finding(readTokenIssuer(issuer).region ?? "", "token issuer", "the token issuer names no region"),
      ),
  },
  {
    method: "region/cloud-metadata",
    read: ({ facts }) =>
      readFact(
        facts.cloudMetadata,
        ({ region, provider }) => finding(region ?? "", `metadata service of ${provider}`, "it names no region"),
      ),
  },
];
