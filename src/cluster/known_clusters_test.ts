import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { CLOUD_CLUSTERS } from "../../test/fixtures/cloud_clusters.ts";
import { kubeSystem, list, UID } from "../../test/fixtures/cluster_objects.ts";
import { OTHER_CLUSTERS } from "../../test/fixtures/other_clusters.ts";
import { parseOverride } from "./decide_id.ts";
import { identityFromFacts } from "./identify_cluster.ts";
import { readDump } from "./read_dump.ts";

for (const known of [...CLOUD_CLUSTERS, ...OTHER_CLUSTERS]) {
  Deno.test(`known cluster: ${known.cluster}`, () => {
    const bringsKubeSystem = JSON.stringify(known.objects).includes('"name":"kube-system"');
    const objects = known.noKubeSystem || bringsKubeSystem ? known.objects : [kubeSystem(), ...known.objects];
    // A dump of nothing at all is an error, so an empty cluster without kube-system can't be among these.
    const dump = Buffer.from(JSON.stringify(list(objects)));
    const { decision, description } = identityFromFacts(readDump(dump, "the table"), {
      override: parseOverride(known.env?.CLUSTER_ID, "environment"),
      givenName: known.env?.CLUSTER_NAME ?? "",
      style: "uid",
      remembered: null,
    });
    const { provider, name, region } = description;
    const explained = JSON.stringify(description.evidence.filter(({ found }) => found));
    assert.deepEqual([provider, name, region], known.want, explained);
    const id = decision.kind === "identified" ? decision.id : null;
    assert.equal(id, known.id === undefined ? `k8s-${UID}` : known.id, explained);
  });
}
