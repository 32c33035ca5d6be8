import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { identifyCluster, type IdentityOutcome } from "../../src/cluster/identify_cluster.ts";
import { createKubeHttpClient } from "../../src/kube/kube_http_client.ts";
import { openKubeAccess } from "../../src/kube/open_kube_access.ts";
import { configMap } from "../fixtures/cluster_objects.ts";
import { EKS } from "../fixtures/known_cluster.ts";
import { type ControlPlane, missingControlPlaneTools, startControlPlane } from "../support/control_plane.ts";
import { runCliInProcess } from "../support/run_cli_in_process.ts";

const missing = await missingControlPlaneTools();
const signal = new AbortController().signal;
const ARM_ID = "/subscriptions/7a1/resourceGroups/shop/providers/Microsoft.ContainerService/managedClusters/web";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** What identity needs of a ClusterRole, each by name, and no more. */
const PERMISSIONS = {
  "kube-system": rule("", "namespaces", "get", ["kube-system"]),
  nodes: rule("", "nodes", "list"),
  configmaps: rule("", "configmaps", "get", [
    ...["kubeadm-config", "shoot-info", "cluster-identity", "ack-cluster-profile", "aks-cluster-metadata"],
  ]),
  openshift: rule("config.openshift.io", "clusterversions,infrastructures", "get", ["version", "cluster"]),
  about: rule("about.k8s.io", "clusterproperties", "get", ["cluster.clusterset.k8s.io"]),
} as const;
type PermissionName = keyof typeof PERMISSIONS;

function rule(group: string, resources: string, verb: string, names?: readonly string[]): Rule {
  const base = { apiGroups: [group], resources: resources.split(","), verbs: [verb] };
  return names === undefined ? base : { ...base, resourceNames: names };
}

/** A definition that serves one custom resource without a schema of its own. */
function definition(group: string, version: string, kind: string, plural: string): object {
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      // The names under *.k8s.io are protected: a definition there says who approved it.
      annotations: { "api-approved.kubernetes.io": "unapproved, test only" },
    },
    spec: {
      group,
      scope: "Cluster",
      names: { kind, plural },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  };
}

/** A service account `name` with these permissions; a client that believes it runs in a pod of that account. */
async function openAs(plane: ControlPlane, name: string, permissions: readonly PermissionName[]) {
  const role = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name },
    rules: permissions.map((permission) => PERMISSIONS[permission]),
  };
  await plane.kubectl(["apply", "-f", "-"], JSON.stringify(role));
  const env = await plane.enterPod("default", name);
  await plane.kubectl([
    "create",
    "clusterrolebinding",
    name,
    `--clusterrole=${name}`,
    `--serviceaccount=default:${name}`,
  ]);
  return env;
}

async function identifyAs(env: Record<string, string>): Promise<{ outcome: IdentityOutcome; ms: number }> {
  const access = await openKubeAccess({ kubeconfig: null, context: null, env });
  const kube = createKubeHttpClient({ access, userAgent: "agent/test" });
  try {
    const began = performance.now();
    const outcome = await identifyCluster({
      kube,
      override: null,
      style: "uid",
      remembered: null,
      givenName: "",
      readToken: null,
      readCloudMetadata: null,
    }, signal);
    const ms = performance.now() - began;
    if (outcome.kind === "identified") await outcome.describe();
    return { outcome, ms };
  } finally {
    kube.close();
  }
}

const all: readonly PermissionName[] = ["kube-system", "nodes", "configmaps", "openshift", "about"];
const without = (...taken: readonly PermissionName[]) => all.filter((name) => !taken.includes(name));

Deno.test({ name: "cluster identity on a real API server", ignore: missing.length > 0 }, async (t) => {
  await using plane = await startControlPlane();
  const uid = (await plane.kubectl(["get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"])).trim();
  const k8sId = `k8s-${uid}`;

  await t.step(
    "with the agent's own role: the id in under two seconds, told apart from what is not there",
    async () => {
      const env = await openAs(plane, "full", all);
      const { outcome, ms } = await identifyAs(env);
      assert.ok(outcome.kind === "identified");
      assert.equal(outcome.id, k8sId);
      assert.ok(ms < 2_000, `${ms} ms`);
      const { complete } = await outcome.describe();
      assert.equal(complete, true);
    },
  );

  await t.step("without any permission: the sentence that says what to set and grant, exit 77", async () => {
    const env = await openAs(plane, "nothing", []);
    const { exitCode, stdout, stderr } = await runCliInProcess(["detect-cluster", "-q"], { env });
    assert.deepEqual([exitCode, stdout], [77, ""]);
    assert.match(stderr, /403.*set CLUSTER_ID, or grant "get" on namespace "kube-system"/);
    assert.match(stderr, /list nodes/);
  });

  await t.step("a token that was never good is no answer: ask again", async () => {
    const env = await openAs(plane, "forged", all);
    await writeFile(`${env.AGENT_SERVICE_ACCOUNT_DIR}/token`, "forged");
    const { outcome } = await identifyAs(env);
    assert.equal(outcome.kind, "retry");
  });

  await t.step("set up: this cluster now looks like EKS nodes, with AKS's and OpenShift's objects", async () => {
    await plane.kubectl(
      ["create", "-f", "-"],
      JSON.stringify(configMap("kube-public/aks-cluster-metadata", {
        clusterResourceId: ARM_ID,
      })),
    );
    for (const number of [1, 2, 3]) {
      const node = {
        apiVersion: "v1",
        kind: "Node",
        metadata: { name: `ip-${number}`, labels: { ...EKS.labels, "alpha.eksctl.io/cluster-name": "demo" } },
        spec: { providerID: EKS.providerID },
      };
      await plane.kubectl(["create", "-f", "-"], JSON.stringify(node));
    }
    await plane.kubectl(
      ["create", "-f", "-"],
      JSON.stringify(
        definition("config.openshift.io", "v1", "ClusterVersion", "clusterversions"),
      ),
    );
    await plane.kubectl(
      ["create", "-f", "-"],
      JSON.stringify(
        definition("about.k8s.io", "v1alpha1", "ClusterProperty", "clusterproperties"),
      ),
    );
    await plane.kubectl(["wait", "--for=condition=Established", "--timeout=30s", "crd", "--all"]);
    await plane.kubectl(
      ["create", "-f", "-"],
      JSON.stringify({
        apiVersion: "config.openshift.io/v1",
        kind: "ClusterVersion",
        metadata: { name: "version" },
        spec: { clusterID: "b4c2b7c4" },
      }),
    );
    await plane.kubectl(
      ["create", "-f", "-"],
      JSON.stringify({
        apiVersion: "about.k8s.io/v1alpha1",
        kind: "ClusterProperty",
        metadata: { name: "cluster.clusterset.k8s.io" },
        spec: { value: "fleet-7" },
      }),
    );
  });

  /** id, provider, name, region */
  const rows: readonly { account: string; permissions: readonly PermissionName[]; want: readonly (string | null)[] }[] =
    [
      { account: "everything", permissions: all, want: [k8sId, "openshift", "fleet-7", "us-west-2"] },
      { account: "no-nodes", permissions: without("nodes"), want: [k8sId, "openshift", "fleet-7", null] },
      { account: "no-about", permissions: without("about"), want: [k8sId, "openshift", null, "us-west-2"] },
      { account: "no-openshift", permissions: without("openshift"), want: [k8sId, "aks", "fleet-7", "us-west-2"] },
      {
        account: "no-openshift-no-configmaps",
        permissions: without("openshift", "configmaps", "about"),
        want: [k8sId, "eks", "demo", "us-west-2"],
      },
      {
        account: "no-kube-system",
        permissions: without("kube-system"),
        want: ["ocp-b4c2b7c4", "openshift", "fleet-7", "us-west-2"],
      },
      {
        account: "no-kube-system-no-openshift",
        permissions: without("kube-system", "openshift"),
        want: ["aks-b3614a28e0b0978e", "aks", "fleet-7", "us-west-2"],
      },
      { account: "only-nodes", permissions: ["nodes"], want: [null, "eks", "demo", "us-west-2"] },
    ];
  for (const { account, permissions, want } of rows) {
    await t.step(`${account}: the right fallback`, async () => {
      const env = await openAs(plane, account, permissions);
      const { stdout } = await runCliInProcess(["detect-cluster", "--output", "json"], { env });
      const { id, provider, name, region } = JSON.parse(stdout);
      assert.deepEqual([id, provider, name, region], want);
    });
  }

  await t.step("adding, removing and renaming nodes does not change the id", async () => {
    const env = await openAs(plane, "steady", all);
    await plane.kubectl(["delete", "node", "ip-1", "ip-2"]);
    await plane.kubectl(
      ["create", "-f", "-"],
      JSON.stringify({
        apiVersion: "v1",
        kind: "Node",
        metadata: { name: "a-first-in-the-alphabet", labels: { "topology.kubernetes.io/region": "elsewhere" } },
        spec: { providerID: "gce://p/us-central1-c/gke-x" },
      }),
    );
    const { outcome } = await identifyAs(env);
    assert.equal(outcome.kind === "identified" && outcome.id, k8sId);
  });

  await t.step("while the API server is away there is no id, and no other one either", async () => {
    const env = await openAs(plane, "away", all);
    await plane.killApiServer();
    const { outcome } = await identifyAs(env);
    assert.equal(outcome.kind, "retry");
    await plane.startApiServer();
    const again = await identifyAs(env);
    assert.equal(again.outcome.kind === "identified" && again.outcome.id, k8sId);
  });
});
