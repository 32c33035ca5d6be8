import { readFile, writeFile } from "node:fs/promises";
import * as z from "zod";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { type ControlPlane, startControlPlane } from "../support/control_plane.ts";

const MANIFESTS = new URL("../../deploy/manifests-replicas/", import.meta.url).pathname;

/** A control plane with what the overlay for replicas ships applied: namespace, rights, Lease. */
export async function replicaPlane(apiServerArgs: readonly string[] = []): Promise<ControlPlane> {
  const plane = await startControlPlane({ apiServerArgs });
  try {
    await plane.kubectl(["apply", "-k", MANIFESTS]);
    return plane;
  } catch (error) {
    await plane[Symbol.asyncDispose]();
    throw error;
  }
}

/** One request of an agent, as the API server's own audit log has it. */
export type AgentRequest = z.infer<typeof requestSchema>;

const requestSchema = z.object({
  verb: z.string(),
  userAgent: z.string(),
  requestURI: z.string(),
  stage: z.string(),
  requestReceivedTimestamp: z.string(),
});

/** A control plane that writes down who asks it for what. */
export async function auditedPlane(): Promise<
  AsyncDisposable & { readonly plane: ControlPlane; requests(): Promise<readonly AgentRequest[]> }
> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await createTempDir("audit"));
  const policy = { apiVersion: "audit.k8s.io/v1", kind: "Policy", rules: [{ level: "Metadata" }] };
  await writeFile(dir.file("policy.yaml"), JSON.stringify(policy));
  const plane = stack.use(
    await replicaPlane(["--audit-policy-file", dir.file("policy.yaml"), "--audit-log-path", dir.file("audit.log")]),
  );
  const owned = stack.move();
  return {
    plane,
    async requests() {
      const lines = (await readFile(dir.file("audit.log"), "utf8")).split("\n").filter((line) => line !== "");
      return lines.flatMap((line) => {
        const parsed = requestSchema.safeParse(JSON.parse(line));
        return parsed.success && parsed.data.userAgent.startsWith("agent/") && parsed.data.stage === "RequestReceived"
          ? [parsed.data]
          : [];
      });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
