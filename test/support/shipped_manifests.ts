import { readFile } from "node:fs/promises";
import { parse, parseAllDocuments } from "yaml";
import * as z from "zod";
import { type Config, configSchema } from "../../src/config/config_schema.ts";

/** The folder that `kubectl apply -k` takes. */
export const MANIFESTS_FOLDER = new URL("../../deploy/manifests/", import.meta.url).pathname;
export const AGENT_NAMESPACE = "aetherius-agent";
/** The overlay with Roles alone; its namespace is the one that it names. */
export const NAMESPACED_FOLDER = new URL("../../deploy/manifests-namespaced/", import.meta.url).pathname;
export const NAMESPACED_NAMESPACE = "default";
/** The overlay with several replicas. */
export const REPLICAS_FOLDER = new URL("../../deploy/manifests-replicas/", import.meta.url).pathname;
/** The overlay without commands, with what evidence reads. */
export const EVIDENCE_FOLDER = new URL("../../deploy/manifests-evidence/", import.meta.url).pathname;

const ruleSchema = z.strictObject({
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
  resourceNames: z.array(z.string()).default([""]),
  verbs: z.array(z.string()),
});
const roleSchema = z.object({
  kind: z.enum(["ClusterRole", "Role"]),
  metadata: z.object({ name: z.string(), namespace: z.string().default("") }),
  rules: z.array(ruleSchema),
});
export type ShippedRole = z.infer<typeof roleSchema>;
const configMapSchema = z.object({ data: z.object({ "config.yaml": z.string() }) });

/** Every document of one of the shipped files. */
export async function readManifest(file: string): Promise<unknown[]> {
  return parseDocuments(await readFile(MANIFESTS_FOLDER + file, "utf8"));
}

function parseDocuments(text: string): unknown[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    const value: unknown = document.toJS();
    return value;
  });
}

/** The configuration in the shipped ConfigMap, as text and checked. */
export async function readShippedConfig(): Promise<{ readonly text: string; readonly config: Config }> {
  const [document] = await readManifest("03-configmap.yaml");
  const text = configMapSchema.parse(document).data["config.yaml"];
  return { text, config: configSchema.parse(parse(text)) };
}

/** The roles in the shipped RBAC file, in its order. */
export async function readShippedRoles(): Promise<ShippedRole[]> {
  return rolesIn(await readFile(`${MANIFESTS_FOLDER}02-rbac.yaml`, "utf8"));
}

/** The roles in a text of YAML documents, in its order. */
export function rolesIn(text: string): ShippedRole[] {
  return parseDocuments(text).flatMap((document) => {
    const role = roleSchema.safeParse(document);
    return role.success ? [role.data] : [];
  });
}

/** The agent's configuration in a text of YAML documents. */
export function configIn(text: string): string {
  const found = parseDocuments(text).flatMap((document) => {
    const map = configMapSchema.safeParse(document);
    return map.success ? [map.data.data["config.yaml"]] : [];
  });
  if (found[0] === undefined) throw new Error("no ConfigMap with a config.yaml");
  return found[0];
}

/** Every right of a role, one a line: `verb group/resource name @namespace`. */
export function rightsOf({ rules, metadata }: ShippedRole): string[] {
  return rules.flatMap(({ apiGroups, resources, resourceNames, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        resourceNames.flatMap((name) =>
          verbs.map((verb) => formatRight({ verb, group, resource, name, namespace: metadata.namespace }))
        )
      )
    )
  );
}

interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name: string;
  readonly namespace: string;
}

/** One right as `rightsOf` spells it. */
export function formatRight({ verb, group, resource, name, namespace }: Right): string {
  return `${verb} ${group}/${resource} ${name} @${namespace}`;
}
