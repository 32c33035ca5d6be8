import assert from "node:assert/strict";
import { chmod, mkdir } from "node:fs/promises";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { loadConfigContent } from "../config/load_config.ts";
import type { KubeAccessPlan } from "../kube/open_kube_access.ts";
import { systemClock } from "../lifecycle/clock.ts";
import { configureLogging } from "../lifecycle/logging.ts";
import { openStatePart } from "./state_part.ts";

const never = new AbortController().signal;
const OUTSIDE: KubeAccessPlan = { kind: "kubeconfig", files: ["/nowhere"], required: true, context: null };
const POD: KubeAccessPlan = { kind: "in-cluster", host: "10.0.0.1", port: "443", serviceAccountDir: "/nowhere" };

async function configOf(text: string) {
  const content = { kind: "ok" as const, text: `central_endpoint: nats://a\n${text}` };
  const loaded = await loadConfigContent("c.yaml", content, { env: {} });
  assert.ok(loaded.kind === "ok");
  return loaded.config;
}

const FOLDERS = [
  { name: "one that everybody may write, outside a pod", mode: 0o777, accessPlan: OUTSIDE, warnings: 2 },
  { name: "one that its group may write, outside a pod", mode: 0o770, accessPlan: OUTSIDE, warnings: 2 },
  { name: "one of the agent's own", mode: 0o755, accessPlan: OUTSIDE, warnings: 0 },
  { name: "an emptyDir with fsGroup, as every pod has it", mode: 0o2777, accessPlan: POD, warnings: 0 },
];

for (const { name, mode, accessPlan, warnings } of FOLDERS) {
  Deno.test(`state part: of the folders of state and spool it says what is to say of ${name}`, async () => {
    await using dir = await createTempDir("state-part");
    for (const folder of ["state", "spool"]) {
      await mkdir(dir.file(folder));
      await chmod(dir.file(folder), mode);
    }
    const config = await configOf(
      `state: {kind: file, path: ${dir.file("state", "checkpoint.json")}}\noutbox: {spool_dir: ${dir.file("spool")}}`,
    );
    const lines: string[] = [];
    await configureLogging({ level: "warn", format: "json", write: (line) => lines.push(line), clusterId: () => "" });
    const part = await openStatePart({ config, accessPlan, clock: systemClock }, never);
    assert.equal(lines.filter((line) => /Other users may write/.test(line)).length, warnings, lines.join(""));
    await assert.rejects(
      openStatePart({ config, accessPlan, clock: systemClock }, never),
      /Cannot open the state folder/,
    );
    for (const service of part.services) await service.run(AbortSignal.abort());
    await configureLogging({ level: "fatal", format: "json", write: () => {}, clusterId: () => "" });
  });
}

Deno.test("state part: without files there is nothing to lock", async () => {
  for (const kind of ["none", "configmap"]) {
    const config = await configOf(`state: {kind: ${kind}}`);
    const part = await openStatePart({ config, accessPlan: POD, clock: systemClock }, never);
    assert.deepEqual(part.services, []);
  }
});
