import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { parse } from "yaml";
import * as z from "zod";
import { configSchema } from "../../src/config/config_schema.ts";
import { type Permission, requiredPermissions } from "../../src/config/required_permissions.ts";
import { PROGRAM } from "../support/program_under_test.ts";
import { runTool } from "../../sandbox/run_tool.ts";
import {
  AGENT_NAMESPACE,
  configIn,
  EVIDENCE_FOLDER,
  formatRight,
  MANIFESTS_FOLDER,
  NAMESPACED_FOLDER,
  readManifest,
  readShippedConfig,
  readShippedRoles,
  REPLICAS_FOLDER,
  rightsOf,
  rolesIn,
} from "../support/shipped_manifests.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";

/** What evidence reads is in a role of its own, or in that of commands. */
const isEvidence = ({ purpose }: Permission) => purpose.startsWith("evidence: ");

const FORBIDDEN = /\b(?:secrets|exec|attach|portforward|proxy|token|impersonate)\b|\*/;

Deno.test("manifests: the ClusterRole for reports and the Role grant exactly what the configuration needs", async () => {
  const { config: shipped } = await readShippedConfig();
  // Signed commands need one right more; the Role has it, so that a key is all that has to be added.
  const trusted_keys = [{ name: "ops", public_key: "U".padEnd(56, "A") }];
  const config = { ...shipped, commands: { ...shipped.commands, trusted_keys } };
  const roles = await readShippedRoles();
  const granted = roles.filter(({ metadata }) => metadata.name !== "aetherius-agent-diagnose").flatMap(rightsOf);
  const needed = requiredPermissions(config, AGENT_NAMESPACE).filter((right) => !isEvidence(right)).map(formatRight);
  assert.deepEqual(granted.sort(), needed.sort());
});

Deno.test("manifests: evidence needs nothing that the role for commands does not have", async () => {
  const granted = (await readShippedRoles()).flatMap(rightsOf);
  const needed = requiredPermissions((await readShippedConfig()).config, AGENT_NAMESPACE).filter(isEvidence);
  assert.ok(needed.length > 10);
  assert.deepEqual(needed.map(formatRight).filter((right) => !granted.includes(right)), []);
});

Deno.test("manifests: without commands the role for evidence has what evidence needs, and nothing else", async () => {
  const { config } = await readShippedConfig();
  const without = { ...config, enable_commands: false, evidence: { ...config.evidence, logs: "on" as const } };
  const needed = requiredPermissions(without, AGENT_NAMESPACE).filter(isEvidence).map(formatRight);
  const granted = rolesIn(await readFile(`${EVIDENCE_FOLDER}02-evidence.yaml`, "utf8")).flatMap(rightsOf);
  assert.deepEqual(granted.sort(), needed.sort());
  assert.deepEqual(granted.filter((right) => FORBIDDEN.test(right)), []);
  const silent = requiredPermissions({ ...without, evidence: config.evidence }, AGENT_NAMESPACE);
  assert.ok(!silent.some(({ resource }) => resource === "pods/log"), "auto sends no logs where commands are off");
});

Deno.test("manifests: the ClusterRole for commands only reads", async () => {
  const role = (await readShippedRoles()).find(({ metadata }) => metadata.name === "aetherius-agent-diagnose");
  assert.ok(role !== undefined && role.rules.length > 0);
  assert.deepEqual([...new Set(role.rules.flatMap(({ verbs }) => verbs))].sort(), ["get", "list"]);
});

Deno.test("manifests: no role names a secret, a way into a pod, a token, another identity or a wildcard", async () => {
  const rights = (await readShippedRoles()).flatMap(rightsOf);
  assert.ok(rights.length > 20);
  assert.deepEqual(rights.filter((right) => FORBIDDEN.test(right)), []);
});

Deno.test("manifests: validate-config accepts the shipped configuration", async () => {
  await using folder = await createTempDir("manifests");
  await writeFile(folder.file("config.yaml"), (await readShippedConfig()).text);
  const run = await runTool(PROGRAM.command, [...PROGRAM.args, "validate-config", folder.file("config.yaml")]);
  assert.deepEqual([run.code, run.stdout.includes("the configuration is valid")], [0, true], run.stderr);
});

Deno.test("manifests: the kustomization lists every file in its folder's order", async () => {
  const [kustomization] = await readManifest("kustomization.yaml");
  const files = (await readdir(MANIFESTS_FOLDER)).filter((name) => /^\d/.test(name)).sort();
  assert.ok(typeof kustomization === "object" && kustomization !== null && "resources" in kustomization);
  assert.deepEqual(kustomization.resources, files);
});

Deno.test("manifests: the overlay for replicas grants what its configuration needs beside the plain set", async () => {
  const text = configIn(await readFile(`${REPLICAS_FOLDER}03-configmap.yaml`, "utf8"));
  const config = configSchema.parse(parse(text));
  assert.equal(config.replicas.enabled, true);
  const plain = requiredPermissions((await readShippedConfig()).config, AGENT_NAMESPACE).map(formatRight);
  const needed = requiredPermissions(config, AGENT_NAMESPACE).map(formatRight).filter((right) =>
    !plain.includes(right)
  );
  const granted = rolesIn(await readFile(`${REPLICAS_FOLDER}02-lease.yaml`, "utf8")).flatMap(rightsOf);
  assert.equal(granted.length, 4);
  assert.deepEqual(granted.sort(), needed.sort());
});

/** The configuration of the namespaced set as its pod in namespace `team` runs it. */
async function readNamespacedConfig() {
  const config = configSchema.parse(parse(configIn(await readFile(`${NAMESPACED_FOLDER}03-configmap.yaml`, "utf8"))));
  const namespaces = { ...config.events.namespaces, include: ["team"] };
  return {
    ...config,
    events: { ...config.events, namespaces },
    metrics: { ...config.metrics, namespaces: ["team"] },
  };
}

Deno.test("manifests: the Roles of the namespaced set grant what its configuration needs, and nothing of the cluster", async () => {
  const roles = rolesIn(await readFile(`${NAMESPACED_FOLDER}02-rbac.yaml`, "utf8"));
  assert.deepEqual(roles.map(({ kind, metadata }) => `${kind} ${metadata.name}`), [
    "Role agent-report",
    "Role agent-diagnose",
  ]);
  const rights = roles.flatMap(rightsOf);
  assert.deepEqual(rights.filter((right) => FORBIDDEN.test(right)), []);
  const needed = requiredPermissions(await readNamespacedConfig(), AGENT_NAMESPACE);
  const inNamespace = needed.filter((right) => right.namespace === "team" && !isEvidence(right)).map(formatRight);
  const report = roles.slice(0, 1).flatMap(rightsOf).map((right) => right.replace(/@$/, "@team"));
  assert.deepEqual(report.sort(), inNamespace.sort());
  assert.deepEqual(needed.filter(({ namespace, need }) => namespace === "" && need === "required"), []);
});

Deno.test("manifests: the namespaced Role for commands is the ClusterRole without what belongs to the cluster", async () => {
  const rolesOf = async (folder: string) => rolesIn(await readFile(`${folder}02-rbac.yaml`, "utf8")).flatMap(rightsOf);
  const wide = await rolesOf(MANIFESTS_FOLDER);
  const narrow = await rolesOf(NAMESPACED_FOLDER);
  const onlyNarrow = narrow.filter((right) => !wide.includes(right));
  assert.deepEqual(onlyNarrow, []);
  const left = wide.filter((right) => right.endsWith("@") && !narrow.includes(right)).map((right) =>
    right.split(" ")[1]
  );
  assert.deepEqual([...new Set(left)].sort(), [
    "/namespaces",
    "/nodes",
    "/persistentvolumes",
    "apiregistration.k8s.io/apiservices",
    "metrics.k8s.io/nodes",
    "networking.k8s.io/ingressclasses",
    "storage.k8s.io/storageclasses",
    "storage.k8s.io/volumeattachments",
  ]);
});

const containerSchema = z.looseObject({
  securityContext: z.unknown(),
  resources: z.unknown(),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().default(false) })),
});
const podSchema = z.object({
  spec: z.object({
    template: z.object({
      spec: z.looseObject({
        containers: z.tuple([containerSchema]),
        securityContext: z.unknown(),
        volumes: z.array(z.looseObject({ name: z.string() })),
      }),
    }),
  }),
});

Deno.test("manifests: the pod can write to two bounded folders, and has nothing that it does not need", async () => {
  const [deployment] = await readManifest("04-deployment.yaml");
  const { containers: [container], volumes, ...pod } = podSchema.parse(deployment).spec.template.spec;
  assert.deepEqual(pod.securityContext, {
    runAsNonRoot: true,
    runAsUser: 65534,
    runAsGroup: 65534,
    fsGroup: 65534,
    seccompProfile: { type: "RuntimeDefault" },
  });
  assert.deepEqual(container.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  assert.deepEqual(container.resources, {
    requests: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "64Mi" },
    limits: { cpu: "250m", memory: "256Mi", "ephemeral-storage": "768Mi" },
  });
  for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) assert.ok(probe in container, probe);
  const writable = container.volumeMounts.filter(({ readOnly }) => !readOnly);
  assert.deepEqual(writable.map(({ mountPath }) => mountPath), ["/var/lib/agent", "/tmp"]);
  for (const { name } of writable) {
    const volume = volumes.find((candidate) => candidate.name === name);
    assert.match(JSON.stringify(volume), /"emptyDir":\{"sizeLimit":"\d+Mi"\}/);
  }
  for (const forbidden of ["hostNetwork", "hostPID", "hostIPC"]) assert.ok(!(forbidden in pod), forbidden);
});
