import assert from "node:assert/strict";
import process from "node:process";
import { eventually } from "../../sandbox/eventually.ts";
import { type EvidenceUpdate, updateSchema } from "../../src/wire/update.ts";
import { PLANTED_FORMS, PLANTED_VALUES } from "../fixtures/redaction/planted_secrets.ts";
import { missingControlPlaneTools } from "../support/control_plane.ts";
import { type ObjectRig, startObjectRig } from "../support/object_rig.ts";
import { terminated, waiting } from "../support/object_shapes.ts";
import { setNode, setPod } from "../support/planted_faults.ts";
import { startStandInKubelet } from "../support/stand_in_kubelet.ts";

const missing = await missingControlPlaneTools();
const ignore = missing.length > 0;
const why = ignore ? ` (skipped: no ${missing.join(", ")}; set KUBEBUILDER_ASSETS)` : "";
const WAIT_MS = 120_000;
const NODE = "logs";
/** The queue of evidence has 64 places. */
const FORMS_A_POD = 6;

interface SecretPod {
  readonly name: string;
  readonly forms: readonly string[];
}

/** Each form twice, with another value, some to a pod. */
function secretPods(): readonly SecretPod[] {
  const filled = PLANTED_FORMS.flatMap(({ text }) =>
    PLANTED_VALUES.slice(0, 2).map((value) => text.replaceAll("@@", value))
  );
  return Array.from({ length: Math.ceil(filled.length / FORMS_A_POD) }, (_, index) => ({
    name: `secret-${index}`,
    forms: filled.slice(index * FORMS_A_POD, (index + 1) * FORMS_A_POD),
  }));
}

/** A pod of nobody with its forms wherever people put them. */
const podWith = ({ name, forms }: SecretPod) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name,
    namespace: "default",
    annotations: Object.fromEntries(forms.map((form, at) => [`app.kubernetes.io/note-${at}`, form])),
  },
  spec: {
    nodeName: NODE,
    containers: [{
      name: "app",
      image: "registry.example.com/shop/app:1",
      command: ["sh", "-c", ...forms],
      args: forms,
      env: forms.map((value, at) => ({ name: `ANY_${at}`, value })),
    }],
  },
});

/** It has crashed, and the forms are in its termination message too. */
async function crash(rig: ObjectRig, { name, forms }: SecretPod): Promise<void> {
  const message = forms.join("\n");
  await setPod(rig, name, {
    containers: [{
      restartCount: 1,
      ready: false,
      state: waiting("CrashLoopBackOff", message),
      lastState: terminated("OOMKilled", 137, { message }),
    }],
  });
}

Deno.test({
  name: `e2e secrets: in logs, arguments, variables, annotations and messages, none goes out${why}`,
  ignore,
}, async () => {
  await using kubelet = await startStandInKubelet();
  await using rig = await startObjectRig({
    forTime: "10m",
    holdTime: "10m",
    config: {
      objects: {},
      evidence: { logs: "on", requests_per_minute: 6_000 },
      incidents: { storm_reports: 1_000 },
    },
  });
  await rig.create({ apiVersion: "v1", kind: "Node", metadata: { name: NODE } });
  await setNode(rig, NODE, {});
  await rig.patchStatus("Node", NODE, kubelet.nodeStatus);
  const pods = secretPods();
  for (const { name, forms } of pods) {
    const place = { namespace: "default", pod: name, container: "app", previous: true };
    kubelet.putLog(place, `starting ${name}\n${forms.join("\n")}\nERROR ${name} gives up\n`);
  }
  const items = pods.map(podWith);
  await rig.plane.kubectl(["create", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  await rig.startAgent();
  for (const pod of pods) await crash(rig, pod);

  const evidence = (): readonly EvidenceUpdate[] =>
    rig.updates().map((update) => updateSchema.parse(update)).filter((update) => update.kind === "evidence");
  const logOf = (name: string): string => {
    const ids = rig.events().filter(({ event }) => event.labels.name === name).map(({ event }) => event.id);
    const own = evidence().find(({ event_id: id }) => id !== undefined && ids.includes(id));
    return JSON.stringify(own?.evidence.log ?? "");
  };
  await eventually("the evidence of each, with the end of its log", () => {
    assert.deepEqual(pods.map(({ name }) => name).filter((name) => !logOf(name).includes(`${name} gives up`)), []);
    return true;
  }, WAIT_MS);
  // What the agent was given has them all: kubectl reads the same log through the same API server.
  const raw = await rig.kubectl("logs secret-0 -c app --previous");
  assert.ok(PLANTED_VALUES.some((value) => raw.includes(value)), raw);
  assert.ok(kubelet.asked.filter((path) => path.includes("previous=true")).length > pods.length);

  const said = rig.everything() + (await rig.logLines()).join("\n");
  const out = PLANTED_VALUES.filter((value) => said.includes(value));
  const planted = pods.flatMap(({ forms }) => forms).length;
  process.stdout.write(
    `  secrets planted, in six places each; logs read from a kubelet; out: ${planted}; ${kubelet.asked.length}; ${out.length}\n`,
  );
  assert.ok(planted >= 200 && said.includes("[REDACTED:"));
  assert.deepEqual(out, []);
});
