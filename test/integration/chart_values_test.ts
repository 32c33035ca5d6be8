import assert from "node:assert/strict";
import { cp, readdir, writeFile } from "node:fs/promises";
import { stringify } from "yaml";
import * as z from "zod";
import { runTool } from "../../sandbox/run_tool.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import {
  CHART_FOLDER,
  findHelm,
  helmTemplate,
  type KubeObject,
  parseObjects,
  renderChart,
} from "../support/helm_chart.ts";

const found = await findHelm({ build: false });
const helm = found ?? "helm";
const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name: `chart values: ${name}`, ignore: found === null, fn });

const render = async (values: unknown, release = "agent") => parseObjects(await renderChart(helm, { release, values }));
const the = (objects: readonly KubeObject[], kind: string) => {
  const object = objects.find((object) => object.kind === kind);
  assert.ok(object, `there is no ${kind}`);
  return object;
};

const SECTIONS = [
  "image",
  "nats",
  "config",
  "namespaced",
  "rbac",
  "serviceAccount",
  "namespace",
  "persistence",
  "networkPolicy",
  "pdb",
  "service",
  "serviceMonitor",
  "podMonitor",
  "prometheusRule",
  "dashboard",
];
for (const section of SECTIONS) {
  test(`${section} with nothing below it is as if it were not there`, async () => {
    assert.deepEqual(await render({ [section]: null }), await render({}));
  });
}

const EMPTY = [
  "nodeSelector",
  "tolerations",
  "affinity",
  "commonLabels",
  "podLabels",
  "podAnnotations",
  "extraEnv",
  "extraArgs",
];
test("all sections, nats.tls and what is a list or a map may be empty at once", async () => {
  const empty = Object.fromEntries([...SECTIONS, ...EMPTY].map((section) => [section, null]));
  const objects = await render({ ...empty, nats: { tls: null, nkeySeedKey: "agent.nk" } });
  assert.deepEqual(objects.map(({ kind }) => kind), (await render({})).map(({ kind }) => kind));
});

for (
  const agent of [{ enabled: true }, { enabled: true, config: null, nats: null, serviceAccount: null, rbac: null }]
) {
  test(`a part of another chart, with condition and ${JSON.stringify(agent)}`, async () => {
    await using folder = await createTempDir("parent-chart");
    await cp(CHART_FOLDER, folder.file("charts", "agent"), { recursive: true });
    const dependencies = [{ name: "agent", version: ">=0.0.0", condition: "agent.enabled" }];
    await writeFile(
      folder.file("Chart.yaml"),
      stringify({ apiVersion: "v2", name: "platform", version: "1.0.0", dependencies }),
    );
    const template = (enabled: boolean) => {
      const values = JSON.stringify({ global: { region: "eu" }, agent: { ...agent, enabled } });
      return runTool(helm, ["template", "platform", folder.path, "--kube-version", "1.36.3", "--values", "-"], {
        stdin: values,
      });
    };
    const [on, off] = [await template(true), await template(false)];
    assert.equal(on.code, 0, on.stderr);
    assert.equal(off.code, 0, off.stderr);
    assert.equal(the(parseObjects(on.stdout), "Deployment").metadata.name, "platform-agent");
    assert.deepEqual(parseObjects(off.stdout), []);
  });
}

Deno.test("chart values: no file of the chart, or beside it, is a symbolic link, which Flux would drop", async () => {
  const entries = await readdir(new URL("../../deploy/", import.meta.url), { recursive: true, withFileTypes: true });
  assert.ok(entries.length > 40);
  assert.deepEqual(entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => name), []);
});

const portsSchema = z.object({
  egress: z.array(z.object({ ports: z.array(z.object({ protocol: z.string(), port: z.number() })) })),
});
const API = [443, 6443];
const PORTS: readonly { readonly values: Record<string, unknown>; readonly ports: readonly number[] }[] = [
  { values: {}, ports: [...API, 4222] },
  { values: { centralEndpoint: "nats://a:24222" }, ports: [...API, 4222, 24222] },
  { values: { centralEndpoint: "nats://a:24222, tls://b:34222" }, ports: [...API, 4222, 24222, 34222] },
  { values: { centralEndpoint: "wss://a/bus,ws://b,wss://c:8443/x:1" }, ports: [...API, 4222, 80, 8443] },
  { values: { centralEndpoint: "tls://[2001:db8::1]:24222" }, ports: [...API, 4222, 24222] },
  { values: { centralEndpoint: "tls://[2001:db8::1]", networkPolicy: { natsPorts: [] } }, ports: [...API, 4222] },
  { values: { centralEndpoint: "nats://a:24222", networkPolicy: { natsPorts: [] } }, ports: [...API, 24222] },
  {
    values: { config: { central_endpoint: "nats://a:5222" }, networkPolicy: { natsPorts: [] } },
    ports: [...API, 5222],
  },
  {
    values: { config: { central_endpoint: ["a:5222", "b"] }, networkPolicy: { natsPorts: [] } },
    ports: [...API, 5222, 4222],
  },
];
for (const { values, ports } of PORTS) {
  test(`the NetworkPolicy lets out what ${JSON.stringify(values)} needs`, async () => {
    const { egress } = portsSchema.parse(the(await render(values), "NetworkPolicy")["spec"]);
    assert.deepEqual(egress[1]?.ports.map(({ port }) => port), ports);
  });
}

test("releases with names of 53 characters that differ in the last make names that are valid and their own", async () => {
  const releases = ["1", "2"].map((last) => "agent-".padEnd(52, "x") + last);
  const [one = [], other = []] = await Promise.all(
    releases.map((release) => render({ dashboard: { enabled: true } }, release)),
  );
  const keys = (objects: readonly KubeObject[]) => objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  assert.ok(one.length > 8);
  assert.deepEqual(keys(one).filter((key) => keys(other).includes(key)), []);
  for (const { kind, metadata } of one) {
    assert.ok(metadata.name.length <= 63 || kind.startsWith("Cluster"), metadata.name);
    assert.match(metadata.name, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
  }
});

test("labels and annotations for all reach every object, and the pod its labels; selectors stay as they are", async () => {
  const commonLabels = { "example.com/cost": "shared", "app.kubernetes.io/name": "other" };
  const values = {
    commonLabels,
    podLabels: { "app.kubernetes.io/instance": "other" },
    commonAnnotations: { "example.com/owner": "platform" },
    replicas: 2,
    namespace: { create: true },
    ...enabled("prometheusRule", "dashboard", "serviceMonitor", "podMonitor"),
  };
  const objects = await render(values);
  const annotated = z.object({ annotations: z.object({ "example.com/owner": z.literal("platform") }) });
  for (const { metadata } of objects) {
    annotated.parse(metadata);
    assert.equal(metadata.labels?.["example.com/cost"], "shared");
    assert.equal(metadata.labels?.["app.kubernetes.io/name"], "aetherius-agent");
  }
  const selected = z.object({
    selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    template: z.object({ metadata: z.object({ labels: z.record(z.string(), z.string()) }) }),
  });
  const { selector, template } = selected.parse(the(objects, "Deployment")["spec"]);
  assert.deepEqual(template.metadata.labels, { ...selector.matchLabels, "example.com/cost": "shared" });
});

const enabled = (...sections: string[]) => Object.fromEntries(sections.map((section) => [section, { enabled: true }]));

for (const kind of ["ServiceMonitor", "PodMonitor"]) {
  test(`a ${kind} may lie in Prometheus' namespace and looks into the release's`, async () => {
    const section = kind.charAt(0).toLowerCase() + kind.slice(1);
    const relabelings = [{ targetLabel: "cluster", replacement: "eu" }];
    const objects = await render({ [section]: { enabled: true, namespace: "monitoring", relabelings } });
    const { metadata, spec } = z.object({ metadata: z.looseObject({}), spec: z.looseObject({}) }).parse(
      the(objects, kind),
    );
    assert.equal(metadata["namespace"], "monitoring");
    assert.deepEqual(spec["namespaceSelector"], { matchNames: ["aetherius-agent"] });
    assert.match(JSON.stringify(spec), /"relabelings":\[\{"replacement":"eu","targetLabel":"cluster"\}\]/);
  });
}

const REFUSED: readonly { readonly name: string; readonly values: unknown; readonly says: RegExp }[] = [
  {
    name: "two ways to authenticate",
    values: { nats: { credentialsKey: "nats.creds", nkeySeedKey: "agent.nk" } },
    says: /'\/nats\/nkeySeedKey': value must be one of '', 'nothing, since nats\.credentialsKey is set: the agent auth/,
  },
  {
    name: "three of them",
    values: { nats: { tokenKey: "t", nkeySeedKey: "n", user: "u", passwordKey: "p" } },
    says: /\/nats\/tokenKey'.*nats\.nkeySeedKey is set[^]*\/nats\/passwordKey'.*nats\.tokenKey is set/,
  },
  {
    name: "a user without a password",
    values: { nats: { user: "u" } },
    says: /nats\.user is set without nats\.passwordKey/,
  },
  {
    name: "a password of nobody",
    values: { nats: { passwordKey: "p" } },
    says: /nats\.passwordKey is set without nats\.user/,
  },
  {
    name: "a tag that YAML reads as a number",
    values: { image: { tag: 5060547 } },
    says: /image\/tag'?: got number, want string/,
  },
  {
    name: "an id that YAML reads as a number",
    values: { clusterId: 12345 },
    says: /clusterId'?: got number, want string/,
  },
  { name: "a Service of no such type", values: { service: { type: "Ingress" } }, says: /service\/type/ },
  { name: "an argument that is no text", values: { extraArgs: [1] }, says: /extraArgs/ },
];
for (const { name, values, says } of REFUSED) {
  test(`refuses ${name}`, async () => {
    const run = await helmTemplate(helm, { values });
    assert.notEqual(run.code, 0);
    assert.match(run.stderr, says);
  });
}

test("an account that exists is named, and none is made", async () => {
  const objects = await render({ serviceAccount: { create: false, name: "theirs" } });
  assert.equal(objects.find(({ kind }) => kind === "ServiceAccount"), undefined);
  assert.match(JSON.stringify(the(objects, "Deployment")), /"serviceAccountName":"theirs"/);
  assert.match(JSON.stringify(the(objects, "ClusterRoleBinding")), /"name":"theirs"/);
});
