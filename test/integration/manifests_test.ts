import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { requiredPermissions } from "../../src/config/required_permissions.ts";
import { PROGRAM } from "../support/program_under_test.ts";
import { runTool } from "../support/run_tool.ts";
import {
  AGENT_NAMESPACE,
  formatRight,
  MANIFESTS_FOLDER,
  readManifest,
  readShippedConfig,
  readShippedRoles,
  rightsOf,
} from "../support/shipped_manifests.ts";
import { createTempDir } from "../support/temp_dir.ts";

const FORBIDDEN = /\b(?:secrets|exec|attach|portforward|proxy|token|impersonate)\b|\*/;

Deno.test("manifests: the ClusterRole for reports and the Role grant exactly what the configuration needs", async () => {
  const { config } = await readShippedConfig();
  const roles = await readShippedRoles();
  const granted = roles.filter(({ metadata }) => metadata.name !== "aetherius-agent-diagnose").flatMap(rightsOf);
  const needed = requiredPermissions(config, AGENT_NAMESPACE).map(formatRight);
  assert.deepEqual(granted.sort(), needed.sort());
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
