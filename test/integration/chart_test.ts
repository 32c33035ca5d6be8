import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import * as z from "zod";
import { formatProblem } from "../../src/config/config_problem.ts";
import { loadConfigContent } from "../../src/config/load_config.ts";
import { renderValuesSchema } from "../../tasks/chart_copies.ts";
import {
  CHART_CASES,
  CHART_FOLDER,
  findHelm,
  helmLint,
  helmTemplate,
  type KubeObject,
  parseObjects,
  readGolden,
  renderChart,
  renderNotes,
  substanceOf,
} from "../support/helm_chart.ts";
import { MANIFESTS_FOLDER } from "../support/shipped_manifests.ts";

const found = await findHelm({ build: false });
const helm = found ?? "helm";
const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name: `chart: ${name}`, ignore: found === null, fn });

const ofKind = (objects: readonly KubeObject[], kind: string) => objects.filter((object) => object.kind === kind);

test("helm lint has nothing to say", async () => {
  const run = await helmLint(helm);
  assert.equal(run.code, 0, run.stdout + run.stderr);
  assert.doesNotMatch(run.stdout, /\[(?:WARNING|ERROR)\]/);
});

for (const [name, given] of Object.entries(CHART_CASES)) {
  test(`${name} is rendered as recorded (UPDATE_GOLDEN=1 records it anew)`, async () => {
    const { found, want } = await readGolden(name, parseObjects(await renderChart(helm, given)));
    assert.equal(found, want);
  });

  test(`the agent accepts the configuration of ${name}`, async () => {
    const objects = parseObjects(await renderChart(helm, given));
    const { data } = z.object({ data: z.record(z.string(), z.string()) }).parse(ofKind(objects, "ConfigMap")[0]);
    const loaded = await loadConfigContent("config.yaml", { kind: "ok", text: data["config.yaml"] ?? "" }, { env: {} });
    assert.deepEqual(loaded.kind === "ok" ? [] : loaded.problems.map(formatProblem), []);
  });
}

test("the notes say how to see what is reported, and warn of what can't work", async () => {
  const bare = await renderNotes(helm, { centralEndpoint: "nats://127.0.0.1:4222, nats://localhost" });
  assert.match(bare, /agent tail --nats nats:\/\/127\.0\.0\.1:4222\n/);
  assert.match(bare, /WARNING: a loopback address/);
  assert.match(bare, /The image is called agent, without a registry/);
  const image = { repository: "registry.example.com/agent" };
  const right = await renderNotes(helm, { image, centralEndpoint: "tls://localhost.example.com:4222" });
  assert.match(right, /agent tail --nats tls:\/\/localhost\.example\.com:4222\n/);
  assert.doesNotMatch(right, /WARNING|without a registry/);
});

test("the default is what deploy/manifests has", async () => {
  const files = ["02-rbac", "03-configmap", "04-deployment", "05-service"];
  const texts = await Promise.all(files.map((file) => readFile(`${MANIFESTS_FOLDER}${file}.yaml`, "utf8")));
  const shipped = parseObjects(texts.join("\n---\n")).map((object) => substanceOf(object));
  const rendered = parseObjects(await renderChart(helm)).map((object) => substanceOf(object));
  assert.ok(rendered.length > 8);
  assert.deepEqual(rendered, shipped);
});

test("replicas: 2 adds the Lease, the right to hold it and the budget that the overlay of the manifests has", async () => {
  const added = await Promise.all(
    ["02-lease", "06-pdb"].map((file) =>
      readFile(new URL(`../../deploy/manifests-replicas/${file}.yaml`, import.meta.url), "utf8")
    ),
  );
  const shipped = parseObjects(added.join("\n---\n")).map((object) => JSON.stringify(substanceOf(object)));
  const rendered = parseObjects(await renderChart(helm, { values: { replicas: 2 } }));
  const substances = new Set(rendered.map((object) => JSON.stringify(substanceOf(object))));
  assert.equal(shipped.length, 4);
  assert.deepEqual(shipped.filter((object) => !substances.has(object)), []);
});

test("namespace.create renders the namespace of deploy/manifests", async () => {
  const shipped = parseObjects(await readFile(`${MANIFESTS_FOLDER}01-namespace.yaml`, "utf8"));
  const rendered = parseObjects(await renderChart(helm, { values: { namespace: { create: true } } }));
  assert.deepEqual(
    ofKind(rendered, "Namespace").map((object) => substanceOf(object)),
    shipped.map((object) => substanceOf(object)),
  );
});

test("nothing is granted beyond Roles in namespaced mode, and nothing at all without rbac.create", async () => {
  const namespaced = parseObjects(await renderChart(helm, CHART_CASES["namespaced"]));
  assert.deepEqual(namespaced.filter(({ kind }) => kind.startsWith("Cluster")), []);
  assert.deepEqual(ofKind(namespaced, "Role").map(({ metadata }) => `${metadata.namespace}/${metadata.name}`), [
    "team-a/agent-diagnose",
    "team-a/agent-report",
    "team-a/agent-state",
    "team-b/team-a-diagnose",
    "team-b/team-a-report",
  ]);
  const none = parseObjects(await renderChart(helm, { values: { rbac: { create: false } } }));
  assert.deepEqual(none.filter(({ kind }) => /Role/.test(kind)), []);
});

test("a changed configuration changes the pod", async () => {
  const checksumOf = async (values: unknown) => {
    const run = await renderChart(helm, { values });
    return /checksum\/config: ([0-9a-f]{64})/.exec(run)?.[1];
  };
  const [plain, again, changed] = [
    await checksumOf({}),
    await checksumOf({}),
    await checksumOf({ config: { log_level: "debug" } }),
  ];
  assert.ok(plain !== undefined && plain === again && plain !== changed);
});

test("two releases in one namespace share no object", async () => {
  const keysOf = async (release: string) =>
    parseObjects(await renderChart(helm, { release })).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  const [one, other] = [await keysOf("agent"), await keysOf("second")];
  assert.deepEqual(one.filter((key) => other.includes(key)), []);
});

test("alert rules and dashboard are the files of deploy/", async () => {
  const values = {
    prometheusRule: { enabled: true, runbookBase: "https://docs.example.com/agent/" },
    dashboard: { enabled: true },
  };
  const objects = parseObjects(await renderChart(helm, { values }));
  const alerts = await readFile(new URL("../../deploy/prometheus/alerts.yaml", import.meta.url), "utf8");
  const based = alerts.replaceAll("docs/runbooks.md#", "https://docs.example.com/agent/docs/runbooks.md#");
  assert.deepEqual(ofKind(objects, "PrometheusRule")[0]?.["spec"], parse(based));
  const dashboard = ofKind(objects, "ConfigMap").find(({ metadata }) => metadata.name === "agent-dashboard");
  const { data } = z.object({ data: z.record(z.string(), z.string()) }).parse(dashboard);
  const shipped = await readFile(new URL("../../deploy/grafana/agent.json", import.meta.url), "utf8");
  assert.deepEqual(JSON.parse(data["agent.json"] ?? ""), JSON.parse(shipped));
});

test("every property of the schema has a default in values.yaml", async () => {
  const schema: unknown = JSON.parse(await readFile(`${CHART_FOLDER}values.schema.json`, "utf8"));
  const values: unknown = parse(await readFile(`${CHART_FOLDER}values.yaml`, "utf8"));
  /** `global` is Helm's own, claims are an alpha part of resources, and the keys of `config` have their defaults in the agent. */
  const without = /^(?:global$|resources\.claims$|config\.)/;
  const missing = propertyPaths(schema).filter((path) => !without.test(path) && !hasPath(values, path.split(".")));
  assert.ok(propertyPaths(schema).length > 60);
  assert.deepEqual(missing, []);
});

Deno.test("chart: its schema checks the configuration as the agent's schema does (deno task docs:chart writes it)", async () => {
  const text = await readFile(`${CHART_FOLDER}values.schema.json`, "utf8");
  assert.equal(text, renderValuesSchema(text));
});

/** `a.b` for each property of an object schema, however deep. */
function propertyPaths(schema: unknown, prefix = ""): string[] {
  if (typeof schema !== "object" || schema === null || !("properties" in schema)) return [];
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => [
    prefix + name,
    ...propertyPaths(inner, `${prefix}${name}.`),
  ]);
}

function hasPath(value: unknown, [head, ...rest]: readonly string[]): boolean {
  if (head === undefined) return true;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, head)) return false;
  return hasPath(new Map<string, unknown>(Object.entries(value)).get(head), rest);
}

const REFUSED: readonly { readonly name: string; readonly values: unknown; readonly says: RegExp }[] = [
  { name: "an unknown value", values: { centralEndpont: "nats://a" }, says: /centralEndpont/ },
  { name: "an unknown value further in", values: { image: { sha: "x" } }, says: /sha/ },
  { name: "a configuration key that is misspelled", values: { config: { buffersize: 10 } }, says: /buffersize/ },
  { name: "a level that is none", values: { config: { log_level: "verbose" } }, says: /log_level.*'debug', 'info'/ },
  { name: "text for a number", values: { config: { buffer_size: "many" } }, says: /buffer_size.*want integer/ },
  { name: "a number below its limit", values: { config: { buffer_size: 1 } }, says: /buffer_size.*got 1, want 10/ },
  {
    name: "text for a list",
    values: { config: { metrics: { namespaces: "a" } } },
    says: /namespaces.*want null or array/,
  },
  { name: "a path that is relative", values: { config: { state: { path: "a/b" } } }, says: /path.*does not match/ },
  { name: "an address as a number", values: { config: { telemetry: { otlp_endpoint: 4318 } } }, says: /want string/ },
  { name: "a rule without an id", values: { config: { events: { rules: [{}] } } }, says: /rules\/0.*id/ },
  {
    name: "a key that is misspelled in a section",
    values: { config: { nats: { tls: { ca: "/x" } } } },
    says: /'ca'|ca /,
  },
  { name: "an address that is none", values: { centralEndpoint: "nats.nats.svc" }, says: /centralEndpoint/ },
  {
    name: "a password in an address, which would stand in a ConfigMap",
    values: { centralEndpoint: "nats://nats.nats.svc,nats://agent:secret@nats.nats.svc" },
    says: /centralEndpoint/,
  },
  {
    name: "nobody to ask for health, which to Kubernetes is everybody",
    values: { networkPolicy: { ingressFrom: [] } },
    says: /ingressFrom/,
  },
  {
    name: "a volume with several replicas",
    values: { replicas: 2, persistence: { enabled: true } },
    says: /persistence\.enabled needs replicas: 1/,
  },
  { name: "no replica at all", values: { replicas: 0 }, says: /replicas/ },
  { name: "no address", values: { centralEndpoint: null }, says: /centralEndpoint/ },
  { name: "a digest that is none", values: { image: { digest: "latest" } }, says: /digest/ },
  { name: "text for a switch", values: { pdb: { enabled: "yes" } }, says: /enabled/ },
  { name: "a namespace that can't be one", values: { namespaced: { namespaces: ["Team A"] } }, says: /namespaces/ },
  { name: "a port that can't be one", values: { networkPolicy: { natsPorts: [70000] } }, says: /natsPorts/ },
  { name: "a delivery that is not known", values: { nats: { delivery: "kafka" } }, says: /delivery/ },
  {
    name: "an account that is neither made nor named",
    values: { serviceAccount: { create: false } },
    says: /serviceAccount\.name is needed/,
  },
];

for (const { name, values, says } of REFUSED) {
  test(`refuses ${name}`, async () => {
    const run = await helmTemplate(helm, { values });
    assert.notEqual(run.code, 0);
    assert.match(run.stderr, says);
  });
}

test("says nothing of a value that may be a secret", async () => {
  const values = { config: { nats: { password_file: "planted-secret" } } };
  const run = await helmTemplate(helm, { values });
  assert.doesNotMatch(run.stderr, /planted-secret/);
});
