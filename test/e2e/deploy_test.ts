import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import process from "node:process";
import { connect } from "@nats-io/transport-node";
import * as z from "zod";
import { type Permission, requiredPermissions } from "../../src/config/required_permissions.ts";
import { startChild } from "../support/child_process.ts";
import { type ControlPlane, missingControlPlaneTools, startControlPlane } from "../support/control_plane.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free_port.ts";
import { type JsonResponse, requestJson } from "../support/https_json.ts";
import { startNatsServer } from "../support/nats_server.ts";
import { runTool } from "../support/run_tool.ts";
import { AGENT_NAMESPACE, MANIFESTS_FOLDER, readManifest, readShippedConfig } from "../support/shipped_manifests.ts";
import { createTempDir } from "../support/temp_dir.ts";
import { runtimePermissions } from "../../tasks/build_permissions.ts";
import { V8_FLAGS } from "../../tasks/v8_flags.ts";

const MAIN = new URL("../../cli/main.ts", import.meta.url).pathname;
const VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
/** Verbs that stand in no discovery document: they are only ever asked of RBAC. */
const SPECIAL_RIGHTS = [
  ...["users", "groups", "serviceaccounts"].map((resource) => ({ verb: "impersonate", group: "", resource })),
  ...["roles", "clusterroles"].flatMap((resource) =>
    ["bind", "escalate"].map((verb) => ({ verb, group: "rbac.authorization.k8s.io", resource }))
  ),
  { verb: "approve", group: "certificates.k8s.io", resource: "signers" },
  { verb: "sign", group: "certificates.k8s.io", resource: "signers" },
  { verb: "create", group: "", resource: "serviceaccounts/token" },
];
/** Every account may ask what it may do. */
const ASK_ABOUT_ONESELF = [
  "create authentication.k8s.io/selfsubjectreviews",
  "create authorization.k8s.io/selfsubjectaccessreviews",
  "create authorization.k8s.io/selfsubjectrulesreviews",
];
const FORBIDDEN = /\b(?:secrets|exec|attach|portforward|proxy|token|impersonate)\b/;

const missing = await missingControlPlaneTools();
if (missing.length > 0) {
  process.stderr.write(`SKIPPED: the manifests on a real API server; not found: ${missing.join(", ")}\n`);
}

const reviewSchema = z.object({ status: z.object({ allowed: z.boolean() }) });
const groupsSchema = z.object({
  groups: z.array(z.object({ preferredVersion: z.object({ groupVersion: z.string() }) })),
});
const resourcesSchema = z.object({
  groupVersion: z.string(),
  resources: z.array(z.object({ name: z.string(), namespaced: z.boolean() })),
});
const metadataSchema = z.object({ metadata: z.object({ resourceVersion: z.string() }) });

interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** The API server as the agent's own service account sees it. */
interface AgentView {
  readonly token: string;
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<JsonResponse>;
  may(right: Right): Promise<boolean>;
}

async function openAgentView(plane: ControlPlane): Promise<AgentView> {
  const token = await plane.createServiceAccountToken(AGENT_NAMESPACE, "agent");
  const request: AgentView["request"] = (method, path, body, headers = {}) =>
    requestJson(plane.url + path, { method, ca: plane.ca, token, headers, ...(body === undefined ? {} : { body }) });
  return {
    token,
    request,
    async may({ verb, group, resource, namespace = "", name = "" }) {
      const [kind, subresource = ""] = resource.split("/");
      const answer = await request("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: { verb, group, resource: kind, subresource, namespace, name } },
      });
      return reviewSchema.parse(answer.json).status.allowed;
    },
  };
}

/** Every resource and subresource that the API server has. */
async function discoverResources(plane: ControlPlane): Promise<{ group: string; resource: string }[]> {
  const { groups } = groupsSchema.parse((await plane.request("GET", "/apis")).json);
  const paths = ["/api/v1", ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
  const found: { group: string; resource: string }[] = [];
  for (const path of paths) {
    const { groupVersion, resources } = resourcesSchema.parse((await plane.request("GET", path)).json);
    const group = groupVersion.includes("/") ? groupVersion.split("/", 1)[0] ?? "" : "";
    found.push(...resources.map(({ name }) => ({ group, resource: name })));
  }
  return found;
}

/** The rights of `asked` that the agent has, some at a time. */
async function filterAllowed(agent: AgentView, asked: readonly Right[]): Promise<Right[]> {
  const allowed: Right[] = [];
  for (let from = 0; from < asked.length; from += 16) {
    const part = asked.slice(from, from + 16);
    const answers = await Promise.all(part.map((right) => agent.may(right)));
    allowed.push(...part.filter((_, index) => answers[index]));
  }
  return allowed;
}

const spell = ({ verb, group, resource }: Right) => `${verb} ${group}/${resource}`;

/** The real request that a permission of the core group stands for; a watch ends after a second. */
function pathOf({ verb, resource, namespace, name }: Permission): string {
  const scope = namespace === "" ? "" : `/namespaces/${namespace}`;
  const watch = verb === "watch" ? "?watch=1&timeoutSeconds=1" : "";
  return `/api/v1${scope}/${resource}${name === "" ? "" : `/${name}`}${watch}`;
}

const OWN = `/api/v1/namespaces/${AGENT_NAMESPACE}`;
const POD = "/api/v1/namespaces/default/pods/web";
const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } };
const MERGE = { "content-type": "application/merge-patch+json" };
const REFUSED: readonly {
  name: string;
  method: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
}[] = [
  { name: "list secrets", method: "GET", path: "/api/v1/secrets" },
  { name: "list secrets of its own namespace", method: "GET", path: `${OWN}/secrets` },
  { name: "get a secret", method: "GET", path: "/api/v1/namespaces/kube-system/secrets/x" },
  { name: "watch secrets", method: "GET", path: "/api/v1/secrets?watch=1&timeoutSeconds=1" },
  { name: "exec", method: "POST", path: `${POD}/exec?command=id&stdout=true` },
  { name: "exec by GET", method: "GET", path: `${POD}/exec?command=id&stdout=true` },
  { name: "attach", method: "POST", path: `${POD}/attach?stdout=true` },
  { name: "port-forward", method: "POST", path: `${POD}/portforward?ports=80` },
  { name: "proxy to a pod", method: "GET", path: `${POD}/proxy/` },
  { name: "proxy to a service", method: "GET", path: "/api/v1/namespaces/default/services/kubernetes/proxy/" },
  { name: "proxy to a node", method: "GET", path: "/api/v1/nodes/node-1/proxy/pods" },
  { name: "an ephemeral container", method: "PATCH", path: `${POD}/ephemeralcontainers`, body: {}, headers: MERGE },
  { name: "a token of its own account", method: "POST", path: `${OWN}/serviceaccounts/agent/token`, body: {} },
  { name: "impersonate", method: "GET", path: "/api/v1/pods", headers: { "impersonate-user": "admin" } },
  {
    name: "impersonate a group",
    method: "GET",
    path: "/api/v1/pods",
    headers: { "impersonate-user": "x", "impersonate-group": "system:masters" },
  },
  { name: "delete a pod", method: "DELETE", path: POD },
  { name: "create a pod in its own namespace", method: "POST", path: `${OWN}/pods`, body: {} },
  {
    name: "create a ConfigMap elsewhere",
    method: "POST",
    path: "/api/v1/namespaces/default/configmaps",
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
  {
    name: "change its role",
    method: "PATCH",
    path: "/apis/rbac.authorization.k8s.io/v1/clusterroles/aetherius-agent-report",
    body: {},
    headers: MERGE,
  },
  { name: "cordon a node", method: "PATCH", path: "/api/v1/nodes/node-1", body: {}, headers: MERGE },
  { name: "read the API server's metrics", method: "GET", path: "/metrics" },
];

Deno.test({
  name: "deploy: the manifests on a real API server",
  ignore: missing.length > 0,
  async fn(t) {
    await using plane = await startControlPlane();
    const apply = (...more: string[]) => plane.kubectl(["apply", "-k", MANIFESTS_FOLDER, ...more]);

    await t.step("kubectl apply -k succeeds", async () => {
      const lines = (await apply()).trim().split("\n");
      assert.deepEqual(lines.filter((line) => !line.endsWith(" created")), []);
      assert.equal(lines.length, 12);
    });

    await t.step("applying twice changes nothing", async () => {
      const deployment = () => plane.request("GET", `/apis/apps/v1/namespaces/${AGENT_NAMESPACE}/deployments/agent`);
      const before = metadataSchema.parse((await deployment()).json);
      for (const more of [[], ["--dry-run=server"]]) {
        const lines = (await apply(...more)).trim().split("\n");
        assert.deepEqual(lines.filter((line) => !/ unchanged(?: \(server dry run\))?$/.test(line)), []);
      }
      assert.deepEqual(metadataSchema.parse((await deployment()).json), before);
    });

    await t.step("pod security `restricted` takes the pod, and refuses it with more rights", async () => {
      const [pod, loose] = await Promise.all([podOf({}), podOf({ hostNetwork: true })]);
      const create = (body: unknown) => plane.request("POST", `${OWN}/pods?dryRun=All`, body);
      assert.equal((await create(pod)).status, 201);
      const refused = await create(loose);
      assert.equal(refused.status, 403);
      assert.match(refused.text, /violates PodSecurity .*restricted/);
    });

    const agent = await openAgentView(plane);
    const { config } = await readShippedConfig();
    const needed = requiredPermissions(config, AGENT_NAMESPACE);

    for (const permission of needed) {
      const { verb, group, resource, namespace, name, purpose } = permission;
      await t.step(`may ${verb} ${group}/${resource} ${name} @${namespace}: ${purpose}`, async () => {
        assert.ok(await agent.may(permission));
        if (group !== "" || !["get", "list", "watch"].includes(verb) || resource === "configmaps" && verb === "get") {
          return;
        }
        assert.equal((await agent.request("GET", pathOf(permission))).status, 200);
      });
    }

    await t.step("creates, reads and changes its checkpoint", async () => {
      const own = { ...CONFIG_MAP, metadata: { name: "agent-state" } };
      const path = `${OWN}/configmaps/agent-state`;
      assert.equal((await agent.request("POST", `${OWN}/configmaps`, own)).status, 201);
      assert.equal((await agent.request("GET", path)).status, 200);
      assert.equal((await agent.request("PATCH", path, { data: { a: "b" } }, MERGE)).status, 200);
      assert.equal((await agent.request("PUT", path, { ...own, data: { a: "c" } })).status, 200);
    });

    await t.step("finds out which cluster it is in, as it would in its pod", async () => {
      const env = await plane.enterPod(AGENT_NAMESPACE, "agent");
      const run = await runTool(process.execPath, ["run", "-A", MAIN, "detect-cluster", "-q"], { env });
      assert.equal(run.code, 0, run.stderr);
      assert.match(run.stdout, /^k8s-[0-9a-f-]{36}\n$/);
    });

    await t.step("kubectl shows the usual workloads with the agent's token", async () => {
      const kinds = "pods,services,nodes,deployments,statefulsets,daemonsets,replicasets,jobs,cronjobs,ingresses," +
        "networkpolicies,horizontalpodautoscalers,poddisruptionbudgets,persistentvolumeclaims,events,endpointslices";
      const shown = await plane.kubectl(["--token", agent.token, "get", kinds, "-A", "-o", "name"]);
      assert.match(shown, /^deployment.apps\/agent$/m);
      const described = await plane.kubectl([
        "--token",
        agent.token,
        "-n",
        AGENT_NAMESPACE,
        "describe",
        "deploy",
        "agent",
      ]);
      assert.match(described, /RollingUpdate|Recreate/);
    });

    await t.step(
      "the shipped configuration, rights and permissions make an agent that is ready and reports",
      async () => {
        await using folder = await createTempDir("deploy");
        await using nats = await startNatsServer();
        const port = await freePort();
        const config = folder.file("config.yaml");
        await writeFile(config, (await readShippedConfig()).text);
        await using reports = await connect({ servers: nats.url });
        const heard: string[] = [];
        reports.subscribe("agent.event.*", { callback: (_, message) => void heard.push(message.string()) });
        const env = {
          ...await plane.enterPod(AGENT_NAMESPACE, "agent"),
          CENTRAL_ENDPOINT: nats.url,
          HEALTH_PORT: `${port}`,
        };
        const args = [
          "run",
          `--v8-flags=${V8_FLAGS.join(",")}`,
          ...runtimePermissions("image"),
          MAIN,
          "run",
          "--config",
          config,
        ];
        await using running = await startChild({
          command: process.execPath,
          args,
          env,
          logFile: folder.file("agent.log"),
        });
        await eventually("the agent is ready", async () => {
          if (!running.running()) throw new Error(await running.log());
          return (await requestJson(`http://127.0.0.1:${port}/health/ready`)).status === 200;
        }, 30_000);
        await plane.kubectl(["create", "-f", "-"], JSON.stringify(failedMount()));
        await eventually("the report", () => heard.some((body) => body.includes('"reason":"FailedMount"')));
        await eventually("the checkpoint is kept", async () => {
          const kept = await plane.request("GET", `${OWN}/configmaps/agent-state`);
          return kept.status === 200 && kept.text.includes('\\"cluster_id\\"');
        }, 30_000);
        assert.doesNotMatch(await running.log(), /NotCapable|Requires \w+ access/);
      },
    );

    for (const { name, method, path, body, headers } of REFUSED) {
      await t.step(`may not: ${name}`, async () => {
        const answer = await agent.request(method, path, body, headers);
        assert.equal(answer.status, 403, answer.text);
      });
    }

    await t.step("a walk over every verb and resource finds no other right", async () => {
      const resources = await discoverResources(plane);
      assert.ok(resources.length > 100, `only ${resources.length} resources`);
      const asked = [
        ...resources.flatMap(({ group, resource }) => VERBS.map((verb) => ({ verb, group, resource }))),
        ...SPECIAL_RIGHTS,
      ];
      const everywhere = (await filterAllowed(agent, asked)).map(spell);
      assert.deepEqual(everywhere.filter((right) => FORBIDDEN.test(right)), []);
      const writes = everywhere.filter((right) => !/^(?:get|list|watch) /.test(right));
      assert.deepEqual(writes.sort(), ASK_ABOUT_ONESELF);

      const own = asked.map((right) => ({ ...right, namespace: AGENT_NAMESPACE }));
      const onlyThere = (await filterAllowed(agent, own)).map(spell).filter((right) => !everywhere.includes(right));
      assert.deepEqual(onlyThere, ["create /configmaps"]);
    });
  },
});

const deploymentSchema = z.object({
  kind: z.literal("Deployment"),
  spec: z.object({ template: z.object({ metadata: z.looseObject({}), spec: z.looseObject({}) }) }),
});

/** A bare pod from the Deployment's template, with some of its fields replaced. */
async function podOf(changes: Record<string, unknown>) {
  const { template } = deploymentSchema.parse((await readManifest("04-deployment.yaml"))[0]).spec;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...template.metadata, name: "probe" },
    spec: { ...template.spec, ...changes },
  };
}

function failedMount() {
  const at = new Date().toISOString();
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "web.1", namespace: "default" },
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
