import assert from "node:assert/strict";
import process from "node:process";
import * as z from "zod";
import { configSchema } from "../../src/config/config_schema.ts";
import { type Permission, requiredPermissions } from "../../src/config/required_permissions.ts";
import { parse } from "yaml";
import {
  type AccountView,
  type AskedRight,
  discoverResources,
  openAccountView,
  parseCanIList,
  type ServedResource,
  walkRights,
} from "../support/account_rights.ts";
import { type ControlPlane, missingControlPlaneTools, startControlPlane } from "../support/control_plane.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { startShippedAgent } from "../support/shipped_agent.ts";
import {
  AGENT_NAMESPACE,
  configIn,
  MANIFESTS_FOLDER,
  NAMESPACED_FOLDER,
  NAMESPACED_NAMESPACE,
  rolesIn,
  type ShippedRole,
} from "../support/shipped_manifests.ts";

const missing = await missingControlPlaneTools();
if (missing.length > 0) {
  process.stderr.write(`SKIPPED: the agent's rights on a real API server; not found: ${missing.join(", ")}\n`);
}

/** A namespace that neither set lives in. */
const ELSEWHERE = "kube-public";
/** What every account may do: ask about itself. */
const ASK_ABOUT_ONESELF = [
  "create authentication.k8s.io/selfsubjectreviews",
  "create authorization.k8s.io/selfsubjectaccessreviews",
  "create authorization.k8s.io/selfsubjectrulesreviews",
];
/** Verbs that no request has by itself: they are only ever asked of RBAC. */
const SPECIAL_RIGHTS: readonly AskedRight[] = [
  ...["users", "groups", "serviceaccounts", "userextras/scopes"].map((resource) => ({
    verb: "impersonate",
    group: resource.startsWith("userextras") ? "authentication.k8s.io" : "",
    resource,
  })),
  ...["roles", "clusterroles"].flatMap((resource) =>
    ["bind", "escalate"].map((verb) => ({ verb, group: "rbac.authorization.k8s.io", resource }))
  ),
  ...["approve", "sign", "attest"].map((verb) => ({ verb, group: "certificates.k8s.io", resource: "signers" })),
  { verb: "use", group: "policy", resource: "podsecuritypolicies" },
];

const MERGE = { "content-type": "application/merge-patch+json" };
const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } };
interface RefusedCall {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** What people fear most of an agent, each as the real request, from the agent's own namespace and from others. */
function refusedCalls(own: string): readonly RefusedCall[] {
  const OWN = `/api/v1/namespaces/${own}`;
  const POD = `${OWN}/pods/web`;
  return [
    { name: "list secrets", method: "GET", path: "/api/v1/secrets" },
    { name: "list secrets of its own namespace", method: "GET", path: `${OWN}/secrets` },
    { name: "get a secret", method: "GET", path: "/api/v1/namespaces/kube-system/secrets/x" },
    { name: "get its own credentials", method: "GET", path: `${OWN}/secrets/agent-nats` },
    { name: "watch secrets", method: "GET", path: "/api/v1/secrets?watch=1&timeoutSeconds=1" },
    { name: "exec", method: "POST", path: `${POD}/exec?command=id&stdout=true` },
    { name: "exec by GET", method: "GET", path: `${POD}/exec?command=id&stdout=true` },
    { name: "attach", method: "POST", path: `${POD}/attach?stdout=true` },
    { name: "port-forward", method: "POST", path: `${POD}/portforward?ports=80` },
    { name: "reach a pod through the proxy", method: "GET", path: `${POD}/proxy/` },
    {
      name: "reach a service through the proxy",
      method: "GET",
      path: "/api/v1/namespaces/default/services/kubernetes/proxy/",
    },
    { name: "reach a kubelet through the proxy", method: "GET", path: "/api/v1/nodes/node-1/proxy/pods" },
    {
      name: "add an ephemeral container",
      method: "PATCH",
      path: `${POD}/ephemeralcontainers`,
      body: {},
      headers: MERGE,
    },
    { name: "make a token of its own account", method: "POST", path: `${OWN}/serviceaccounts/agent/token`, body: {} },
    { name: "impersonate a user", method: "GET", path: "/api/v1/pods", headers: { "impersonate-user": "admin" } },
    {
      name: "impersonate a group",
      method: "GET",
      path: "/api/v1/pods",
      headers: { "impersonate-user": "x", "impersonate-group": "system:masters" },
    },
    { name: "delete a pod", method: "DELETE", path: POD },
    { name: "evict a pod", method: "POST", path: `${POD}/eviction`, body: {} },
    { name: "create a pod in its own namespace", method: "POST", path: `${OWN}/pods`, body: {} },
    {
      name: "create a ConfigMap elsewhere",
      method: "POST",
      path: `/api/v1/namespaces/${ELSEWHERE}/configmaps`,
      body: CONFIG_MAP,
    },
    {
      name: "change its configuration",
      method: "PATCH",
      path: `${OWN}/configmaps/agent-config`,
      body: {},
      headers: MERGE,
    },
    { name: "delete its checkpoint", method: "DELETE", path: `${OWN}/configmaps/agent-state` },
    { name: "create an event", method: "POST", path: `${OWN}/events`, body: {} },
    {
      name: "create a lease",
      method: "POST",
      path: `/apis/coordination.k8s.io/v1/namespaces/${own}/leases`,
      body: {},
    },
    {
      name: "change a ClusterRole of its own",
      method: "PATCH",
      path: "/apis/rbac.authorization.k8s.io/v1/clusterroles/aetherius-agent-report",
      body: {},
      headers: MERGE,
    },
    {
      name: "change a Role of its own",
      method: "PATCH",
      path: `/apis/rbac.authorization.k8s.io/v1/namespaces/${own}/roles/agent-state`,
      body: {},
      headers: MERGE,
    },
    { name: "cordon a node", method: "PATCH", path: "/api/v1/nodes/node-1", body: {}, headers: MERGE },
    { name: "read the API server's metrics", method: "GET", path: "/metrics" },
  ];
}

interface ShippedSet {
  readonly name: string;
  readonly folder: string;
  readonly namespace: string;
  /** What the Deployment sets, and what 03-configmap.yaml asks a person to. */
  readonly env: Readonly<Record<string, string>>;
  /** Commands whose output must show what follows. */
  readonly commands: readonly { readonly argv: readonly string[]; readonly shows: RegExp }[];
  /** Commands that the policy lets pass and the API server refuses. */
  readonly forbidden: readonly (readonly string[])[];
}

const SETS: readonly ShippedSet[] = [
  {
    name: "manifests",
    folder: MANIFESTS_FOLDER,
    namespace: AGENT_NAMESPACE,
    env: {},
    commands: [
      { argv: ["kubectl", "get", "namespaces", "-o", "name"], shows: /^namespace\/kube-system$/m },
      { argv: ["kubectl", "get", "pods,services,deployments,events", "-A"], shows: /deployment.apps\/agent / },
      { argv: ["kubectl", "describe", "deployment", "agent", "-n", AGENT_NAMESPACE], shows: /Type: +Recreate/ },
      {
        argv: [
          "kubectl",
          "get",
          "nodes,daemonsets,statefulsets,replicasets,jobs,cronjobs,ingresses,networkpolicies," +
          "horizontalpodautoscalers,poddisruptionbudgets,persistentvolumes,persistentvolumeclaims,storageclasses",
          "-A",
        ],
        shows: /networkpolicy.networking.k8s.io\/agent/,
      },
    ],
    forbidden: [["kubectl", "get", "leases", "-A"], ["kubectl", "get", "configmaps", "-n", "kube-public", "x"]],
  },
  {
    name: "manifests-namespaced",
    folder: NAMESPACED_FOLDER,
    namespace: NAMESPACED_NAMESPACE,
    env: { WATCH_NAMESPACES: NAMESPACED_NAMESPACE, CLUSTER_ID: "walked" },
    commands: [
      {
        argv: ["kubectl", "get", "pods,services,deployments,events", "-n", "default"],
        shows: /deployment.apps\/agent /,
      },
      { argv: ["kubectl", "describe", "deployment", "agent", "-n", "default"], shows: /Type: +Recreate/ },
    ],
    forbidden: [["kubectl", "get", "pods", "-A"], ["kubectl", "get", "nodes"], [
      "kubectl",
      "get",
      "pods",
      "-n",
      "kube-system",
    ]],
  },
];

Deno.test({
  name: "rights: the shipped sets on a real API server",
  ignore: missing.length > 0,
  async fn(t) {
    await using plane = await startControlPlane();
    const resources = await discoverResources(plane);
    assert.ok(resources.length > 100, `only ${resources.length} resources`);
    for (const set of SETS) {
      const rendered = await plane.kubectl(["kustomize", set.folder]);
      await plane.kubectl(["apply", "-k", set.folder]);
      using account = await openAccountView(plane, set.namespace, "agent");
      const step = (name: string, fn: () => Promise<void>) => t.step(`${set.name}: ${name}`, fn);
      const roles = rolesIn(rendered);

      await step("every verb of every resource is answered as the roles say, and with 403 else", async () => {
        for (const namespace of [set.namespace, ELSEWHERE, null]) {
          const { asked, allowed } = await walkRights(account, resources, namespace);
          assert.ok(asked > (namespace === null ? 90 : 700), `only ${asked} requests`);
          const basic = namespace === null ? [] : ASK_ABOUT_ONESELF;
          assert.deepEqual(allowed, [...grantedBy(roles, resources, namespace), ...basic].sort(), `${namespace}`);
        }
      });

      await step("the walk finds a right that nobody shipped", async () => {
        const role = ["-n", ELSEWHERE, "too-much"];
        await plane.kubectl(["create", "role", ...role, "--verb=get,create", "--resource=secrets,pods/exec"]);
        const subject = `--serviceaccount=${set.namespace}:agent`;
        await plane.kubectl(["create", "rolebinding", ...role, "--role=too-much", subject]);
        try {
          const usual = [...grantedBy(roles, resources, ELSEWHERE), ...ASK_ABOUT_ONESELF];
          const { allowed } = await walkRights(account, resources, ELSEWHERE);
          const more = allowed.filter((right) => !usual.includes(right));
          assert.deepEqual(more, ["create /pods/exec", "create /secrets", "get /pods/exec", "get /secrets"]);
        } finally {
          for (const kind of ["rolebinding", "role"]) await plane.kubectl(["delete", kind, ...role]);
        }
      });

      await step("kubectl auth can-i --list names what the roles say, and no more", async () => {
        const list = await plane.kubectl(["--token", account.token, "auth", "can-i", "--list", "-n", set.namespace]);
        const basic = ASK_ABOUT_ONESELF.map((right) => right.replace(/ (.*)\/(.*)/, " $2.$1"));
        const granted = roles.flatMap((role) => spellAsCanI(role, set.namespace));
        assert.deepEqual([...new Set(parseCanIList(list))], [...new Set([...granted, ...basic])].sort());
      });

      await step("no right to be somebody else, to grant, to sign or to make tokens", async () => {
        for (const right of SPECIAL_RIGHTS) {
          assert.equal(await account.may(right), false, JSON.stringify(right));
          assert.equal(await account.may({ ...right, namespace: set.namespace }), false, JSON.stringify(right));
        }
      });

      for (const { name, method, path, body, headers } of refusedCalls(set.namespace)) {
        await step(`may not ${name}`, async () => {
          const answer = await account.request(method, path, body, headers);
          assert.equal(answer.status, 403, answer.text);
        });
      }

      await step("what the configuration needs is granted", () => tryNeeded(account, set, configIn(rendered)));
      await step(
        "the agent is ready, reports, keeps its place and runs commands",
        () => tryAgent(plane, set, rendered),
      );
      await step("the ConfigMaps of its own it reads and changes", async () => {
        const path = `/api/v1/namespaces/${set.namespace}/configmaps/agent-state`;
        assert.equal((await account.request("GET", path)).status, 200);
        assert.equal((await account.request("PATCH", path, { data: { a: "b" } }, MERGE)).status, 200);
        const whole = { ...CONFIG_MAP, metadata: { name: "agent-state" } };
        assert.equal((await account.request("PUT", path, whole)).status, 200);
        assert.equal((await account.request("GET", `${path}-nonces`)).status, 404); // allowed; no signed command came yet
      });
    }
  },
});

/** What a walk in `namespace` should find: rights that are not tied to a name, of resources that this server has. */
function grantedBy(
  roles: readonly ShippedRole[],
  served: readonly ServedResource[],
  namespace: string | null,
): string[] {
  const found = roles.flatMap(({ kind, metadata, rules }) =>
    rules.filter(({ resourceNames }) => resourceNames.includes("")).flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => {
          const known = served.find((candidate) => candidate.group === group && candidate.resource === resource);
          if (
            known === undefined || kind === "Role" && (metadata.namespace !== namespace || !known.namespaced)
          ) return [];
          if (namespace === null && (!known.namespaced || resource.includes("/"))) return [];
          const asked = namespace === null ? verbs.filter((verb) => verb === "list" || verb === "watch") : verbs;
          return asked.map((verb) => `${verb} ${group}/${resource}`);
        })
      )
    )
  );
  return [...new Set(found)];
}

/** A role's rights as `kubectl auth can-i --list` in `namespace` spells them. */
function spellAsCanI({ kind, metadata, rules }: ShippedRole, namespace: string): string[] {
  if (kind === "Role" && metadata.namespace !== namespace) return [];
  return rules.flatMap(({ apiGroups, resources, resourceNames, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => {
        const [base = "", ...sub] = resource.split("/");
        const spelled = [group === "" ? base : `${base}.${group}`, ...sub].join("/");
        return verbs.flatMap((verb) => resourceNames.map((name) => `${verb} ${spelled} ${name}`.trim()));
      })
    )
  );
}

/** Asks for each right that `agent validate-config --connect` would, and does what can be done with it. */
async function tryNeeded(account: AccountView, set: ShippedSet, config: string): Promise<void> {
  const { WATCH_NAMESPACES: watched, CLUSTER_ID: clusterId } = set.env;
  const parsed = configSchema.parse(parse(config));
  const namespaces = watched === undefined ? [] : [watched];
  const needed = requiredPermissions({
    ...parsed,
    cluster_id: clusterId ?? "",
    events: { ...parsed.events, namespaces: { ...parsed.events.namespaces, include: namespaces } },
    metrics: { ...parsed.metrics, namespaces },
  }, set.namespace);
  const withheld = needed.filter(({ need }) => need === "optional" && watched !== undefined);
  for (const permission of needed) {
    const { verb, group, resource, namespace, name } = permission;
    const label = `${verb} ${group}/${resource} ${name} @${namespace}`;
    if (withheld.includes(permission) && namespace === "") {
      assert.equal(await account.may(permission), false, label);
      continue;
    }
    assert.ok(await account.may(permission), label);
    if (permission.purpose.startsWith("evidence: ")) continue; // of objects whose names only a fault tells
    if (group !== "" || !["get", "list", "watch"].includes(verb) || resource === "configmaps" && verb === "get") {
      continue;
    }
    assert.equal((await account.request("GET", pathOf(permission))).status, 200, label);
  }
}

/** The real request that a permission of the core group stands for; a watch ends after a second. */
function pathOf({ verb, resource, namespace, name }: Permission): string {
  const watch = verb === "watch" ? "?watch=1&timeoutSeconds=1" : "";
  if (resource === "namespaces" && namespace !== "") return `/api/v1/namespaces/${namespace}`;
  const scope = namespace === "" ? "" : `/namespaces/${namespace}`;
  return `/api/v1${scope}/${resource}${name === "" ? "" : `/${name}`}${watch}`;
}

const reportSchema = z.looseObject({
  data: z.looseObject({ pods: z.looseObject({ by_namespace: z.record(z.string(), z.number()) }).optional() }),
  errors: z.record(z.string(), z.string()).default({}),
});

async function tryAgent(plane: ControlPlane, set: ShippedSet, rendered: string): Promise<void> {
  const { namespace, env } = set;
  await using agent = await startShippedAgent({ plane, namespace, config: configIn(rendered), env });
  assert.match(agent.clusterId, env["CLUSTER_ID"] === undefined ? /^k8s-[0-9a-f-]{36}$/ : /^walked$/);

  await plane.kubectl(["create", "-f", "-"], JSON.stringify(failedMount(`${set.name}.1`)));
  await agent.reports.waitFor(
    "the report",
    ({ subject, json }) =>
      subject === `agent.event.${agent.clusterId}` && JSON.stringify(json).includes(`"reason":"FailedMount"`),
  );
  await eventually("the checkpoint is kept", async () => {
    const kept = await plane.request("GET", `/api/v1/namespaces/${namespace}/configmaps/agent-state`);
    return kept.status === 200 && kept.text.includes('\\"cluster_id\\"');
  }, 30_000);

  const checked = await agent.validate();
  assert.equal(checked.code, 0, checked.stdout + checked.stderr);
  for (const { argv, shows } of set.commands) {
    const run = await agent.exec(...argv);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, shows);
    assert.doesNotMatch(run.stderr, /Forbidden/);
  }
  for (const argv of set.forbidden) {
    const run = await agent.exec(...argv);
    assert.notEqual(run.code, 0, argv.join(" "));
    assert.match(run.stderr, /Error from server \(Forbidden\)/);
  }
  const refused = await agent.exec("kubectl", "get", "secrets", "-A");
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /refused by the \w+ layer \(sensitive_type\)/);

  const report = await agent.reports.waitFor(
    "a metrics report",
    ({ subject }) => subject === `agent.metrics.${agent.clusterId}`,
    40_000,
  );
  const { data, errors } = reportSchema.parse(report.json);
  assert.ok(data.pods !== undefined);
  assert.deepEqual(Object.entries(errors).filter(([, text]) => /403|Forbidden/.test(text)), []);
  assert.match(await agent.ready(), /^ok/);
  assert.doesNotMatch(await agent.child.log(), /NotCapable|Requires \w+ access/);
}

/** A real one, in the namespace that both sets watch. */
function failedMount(name: string) {
  const at = new Date().toISOString();
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace: "default" },
    involvedObject: { apiVersion: "v1", kind: "Pod", namespace: "default", name: "web", uid: "u-1" },
    type: "Warning",
    reason: "FailedMount",
    message: 'MountVolume.SetUp failed for volume "data" : configmap "settings" not found',
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
    source: { component: "kubelet", host: "node-1" },
  };
}
