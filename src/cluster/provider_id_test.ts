import assert from "node:assert/strict";
import { parseProviderId, regionOfProviderId } from "./provider_id.ts";

const CASES: readonly { given: string; scheme: string; region: string | null }[] = [
  { given: "", scheme: "", region: null },
  { given: "aws:///us-west-2c/i-0f1e2d3c4b5a69788", scheme: "aws", region: "us-west-2" },
  { given: "aws:///us-gov-west-1b/i-0f1", scheme: "aws", region: "us-gov-west-1" },
  { given: "aws:///us-west-2-lax-1a/i-0f1", scheme: "aws", region: "us-west-2" },
  { given: "aws:///us-east-1b/5c2f/fargate-ip-10-0-1-2.ec2.internal", scheme: "aws", region: "us-east-1" },
  { given: "aws:///i-0f1", scheme: "aws", region: null },
  { given: "eks-hybrid:///eu-central-1/plant-7/mi-0123", scheme: "eks-hybrid", region: "eu-central-1" },
  { given: "gce://lines-infra/us-central1-c/gke-lines", scheme: "gce", region: "us-central1" },
  { given: "azure:///subscriptions/s/resourceGroups/mc_a_b_eastus/x", scheme: "azure", region: null },
  { given: "cn-shenzhen.i-8vb2y0cdlriptkfer0ir", scheme: "alicloud", region: "cn-shenzhen" },
  { given: "alicloud://cn-hangzhou.i-bp1", scheme: "alicloud", region: "cn-hangzhou" },
  { given: "ocid1.instance.oc1.iad.anuwcljt", scheme: "ocid1", region: "iad" },
  { given: "scaleway://instance/fr-par-1/0b1c", scheme: "scaleway", region: "fr-par" },
  { given: "qcloud:///190001/ins-h9q4", scheme: "qcloud", region: null },
  { given: "constructor://x/y", scheme: "constructor", region: null },
  { given: "nonsense", scheme: "", region: null },
];

for (const { given, scheme, region } of CASES) {
  Deno.test(`parseProviderId: ${given || "empty"}`, () => {
    const parsed = parseProviderId(given);
    assert.equal(parsed.scheme, scheme);
    assert.equal(regionOfProviderId(parsed), region);
  });
}
