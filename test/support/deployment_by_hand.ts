import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import * as z from "zod";
import { type Child, startChild } from "../../sandbox/child_process.ts";
import type { TempDir } from "../../sandbox/temp_dir.ts";
import { runtimePermissions } from "../../tasks/build_permissions.ts";
import type { ControlPlane } from "./control_plane.ts";

const volumeSchema = z.object({
  name: z.string(),
  configMap: z.object({ name: z.string() }).optional(),
  secret: z.object({ secretName: z.string(), optional: z.boolean().default(false) }).optional(),
  emptyDir: z.unknown().optional(),
});
const containerSchema = z.object({
  args: z.array(z.string()),
  env: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().default(false) })),
});
const deploymentSchema = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        serviceAccountName: z.string(),
        containers: z.tuple([containerSchema]),
        volumes: z.array(volumeSchema),
      }),
    }),
  }),
});
const configMapSchema = z.object({ data: z.record(z.string(), z.string()) });

export interface DeploymentByHandOptions {
  readonly plane: ControlPlane;
  readonly namespace: string;
  readonly name: string;
  /** The bundle. */
  readonly program: string;
  readonly dir: TempDir;
  /** What a network namespace of its own would make needless. */
  readonly healthPort: number;
}

/**
 * Starts the process that a kubelet would start for a Deployment that is in the cluster: its arguments, its variables, the
 * files of its volumes, a token of its account from the TokenRequest API, and the permissions that the image's runtime
 * has. It runs beside the others on this machine, so its mounts are folders, and paths in its arguments lead there.
 */
export async function startDeploymentByHand(options: DeploymentByHandOptions): Promise<Child> {
  const { plane, namespace, name, program, dir, healthPort } = options;
  const read = async (path: string) => (await plane.request("GET", path)).json;
  const { spec: { template: { spec: pod } } } = deploymentSchema.parse(
    await read(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`),
  );
  const [{ args, env, volumeMounts }] = pod.containers;
  const folderOf = (volume: string) => dir.file("volumes", volume);
  for (const { name: volume, configMap, secret } of pod.volumes) {
    await mkdir(folderOf(volume), { recursive: true });
    if (secret !== undefined && !secret.optional) throw new Error(`the Secret ${secret.secretName} is not made here`);
    if (configMap === undefined) continue;
    const { data } = configMapSchema.parse(await read(`/api/v1/namespaces/${namespace}/configmaps/${configMap.name}`));
    for (const [file, text] of Object.entries(data)) await writeFile(join(folderOf(volume), file), text);
  }
  const here = (text: string) => {
    const mount = volumeMounts.find(({ mountPath }) => text.startsWith(`${mountPath}/`));
    return mount === undefined ? text : folderOf(mount.name) + text.slice(mount.mountPath.length);
  };
  const writable = volumeMounts.filter(({ readOnly }) => !readOnly).map(({ name: volume }) => folderOf(volume));
  const permissions = runtimePermissions("image").filter((option) => !option.startsWith("--allow-write"));
  return await startChild({
    command: process.execPath,
    args: ["run", ...permissions, `--allow-write=${writable.join(",")}`, program, ...args.map(here)],
    env: {
      ...await plane.enterPod(namespace, pod.serviceAccountName),
      ...Object.fromEntries(env.map((variable) => [variable.name, here(variable.value)])),
      HEALTH_PORT: `${healthPort}`,
      TMPDIR: here("/tmp/").slice(0, -1),
    },
    logFile: dir.file("agent.log"),
  });
}
