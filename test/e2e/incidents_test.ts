import assert from "node:assert/strict";
import process from "node:process";
import { eventually } from "../../sandbox/eventually.ts";
import { systemClock } from "../../src/lifecycle/clock.ts";
import type { Event } from "../../src/wire/event.ts";
import { type EvidenceUpdate, updateSchema } from "../../src/wire/update.ts";
import { missingControlPlaneTools } from "../support/control_plane.ts";
import { type ObjectRig, startObjectRig } from "../support/object_rig.ts";
import { type PodShape, terminated, waiting } from "../support/object_shapes.ts";
import { nowText, setNode, setPod } from "../support/planted_faults.ts";

const NODES = 3;
const missing = await missingControlPlaneTools({ nodes: NODES });
const ignore = missing.length > 0;
const why = ignore ? ` (skipped: no ${missing.join(", ")}; set KUBEBUILDER_ASSETS)` : "";
const WAIT_MS = 120_000;
/** Nodes without a kubelet: of the test's own, which stay as long as it writes their Leases. */
const [LOST, KEPT] = ["lost", "kept"];
/** Real times of the node controller are 50 s and 5 s. */
const CONTROLLERS = ["--node-monitor-grace-period=30s", "--node-monitor-period=2s"];

type Json = Readonly<Record<string, unknown>>;

function tell(figures: Readonly<Record<string, string | number>>): void {
  for (const [name, figure] of Object.entries(figures)) process.stdout.write(`  ${name}: ${figure}\n`);
}

const createAll = (rig: ObjectRig, items: readonly Json[]) =>
  rig.plane.kubectl(["create", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));

/** A node that takes nothing but what tolerates `own`. */
async function createNode(rig: ObjectRig, name: string): Promise<void> {
  const taints = [{ key: "own", effect: "NoSchedule" }];
  await rig.create({ apiVersion: "v1", kind: "Node", metadata: { name, labels: { own: name } }, spec: { taints } });
  await setNode(rig, name, {});
  await rig.create({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, namespace: "kube-node-lease" },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: `${new Date().toISOString().slice(0, -1)}000Z` },
  });
}

/** Renews the Lease of a node, as its kubelet does, until the signal. */
async function keepAlive(rig: ObjectRig, name: string, signal: AbortSignal): Promise<void> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`;
  while (!signal.aborted) {
    const renewTime = `${new Date().toISOString().slice(0, -1)}000Z`;
    await rig.plane.request("PATCH", path, { spec: { renewTime } }, { "content-type": "application/merge-patch+json" });
    await systemClock.sleep(5_000, signal).catch(() => {});
  }
}

/** A Deployment whose pods go to a node of the test's own. */
function deployment(name: string, replicas: number, node: string): Json {
  const tolerations = [
    { key: "own", operator: "Exists" },
    { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 3 },
  ];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          affinity: {
            nodeAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [{
                weight: 100,
                preference: { matchExpressions: [{ key: "own", operator: "In", values: [node] }] },
              }],
            },
          },
          tolerations,
          containers: [{ name: "app", image: "registry.example.com/shop/app:2" }],
        },
      },
    },
  };
}

/** Makes Deployments whose pods are all on one node, with a status; returns their names. */
async function deploy(
  rig: ObjectRig,
  node: string,
  sizes: Readonly<Record<string, number>>,
  shape: PodShape,
): Promise<readonly string[]> {
  await rig.kubectl("cordon -l !own");
  await createAll(rig, Object.entries(sizes).map(([name, replicas]) => deployment(name, replicas, node)));
  const wanted = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  const names = await eventually(`${wanted} pods on ${node}`, async () => {
    const line = `get pods --field-selector=spec.nodeName=${node} -l app -o name`;
    const all = (await rig.kubectl(line)).trim().split("\n").map((text) => text.replace("pod/", ""))
      .filter((pod) => Object.keys(sizes).some((name) => pod.startsWith(`${name}-`)));
    return all.length === wanted && all;
  }, WAIT_MS);
  for (const name of names) await setPod(rig, name, shape);
  await rig.kubectl("uncordon -l !own");
  return names;
}

let made = 0;

/**
 * What the kubelet of the node `KEPT` writes about the container of a pod. It names its node, which the agent may hear of
 * before its watch tells of the pod.
 */
function eventOf(pod: string, type: "Normal" | "Warning", reason: string, message: string): Json {
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${pod}.${++made}`, namespace: "default" },
    involvedObject: {
      kind: "Pod",
      apiVersion: "v1",
      namespace: "default",
      name: pod,
      fieldPath: "spec.containers{app}",
    },
    type,
    reason,
    message,
    count: 1,
    firstTimestamp: nowText(),
    lastTimestamp: nowText(),
    source: { component: "kubelet", host: KEPT },
    reportingComponent: "kubelet",
    reportingInstance: KEPT,
  };
}

const reportsOf = (rig: ObjectRig, prefix: string): readonly Event[] =>
  rig.events().map(({ event }) => event).filter(({ labels }) => (labels.name ?? "").startsWith(prefix));
const incidentsOf = (events: readonly Event[]) => new Set(events.map(({ incident }) => incident?.id));
const evidenceOf = (rig: ObjectRig): readonly EvidenceUpdate[] =>
  rig.updates().map((update) => updateSchema.parse(update)).filter((update) => update.kind === "evidence");

Deno.test({ name: `e2e incidents: what one cause makes stands together${why}`, ignore }, async (t) => {
  const heartbeat = new AbortController();
  await using rig = await startObjectRig({
    nodes: NODES,
    controllerArgs: CONTROLLERS,
    forTime: "10m",
    holdTime: "10m",
    withheld: ["statefulsets.apps", "apiservices.apiregistration.k8s.io", "pods/log"],
    config: {
      objects: {}, // the times as they are shipped
      events: { repeat_window: "0s" },
      evidence: { logs: "on", requests_per_minute: 6_000 },
      incidents: { storm_reports: 300 },
    },
  });
  const beating: Promise<void>[] = [];
  for (const name of [LOST, KEPT]) await createNode(rig, name);
  const lost = new AbortController();
  beating.push(keepAlive(rig, LOST, lost.signal), keepAlive(rig, KEPT, heartbeat.signal));
  try {
    await rig.startAgent();
    const onLost = await deploy(rig, LOST, { "lost-a": 9, "lost-b": 8 }, {});
    lost.abort();

    await t.step("a registry that is away: 3 Deployments are 3 incidents, with one shared cause", async () => {
      const pulling = {
        phase: "Pending",
        containers: [{ ready: false, state: waiting("ImagePullBackOff") }],
        conditions: { Ready: "False", ContainersReady: "False" },
      };
      const pods = await deploy(rig, KEPT, { "pull-a": 4, "pull-b": 4, "pull-c": 4 }, pulling);
      const image = 'image "registry.example.com/shop/app:2"';
      await createAll(
        rig,
        pods.flatMap((pod) => [
          eventOf(
            pod,
            "Warning",
            "Failed",
            `Failed to pull ${image}: dial tcp: lookup registry.example.com on 10.0.0.10:53: no such host`,
          ),
          eventOf(pod, "Warning", "Failed", "Error: ErrImagePull"),
          eventOf(pod, "Normal", "BackOff", `Back-off pulling ${image}`),
          eventOf(pod, "Warning", "Failed", "Error: ImagePullBackOff"),
        ]),
      );
      const reports = await eventually("the reports", () => {
        const all = reportsOf(rig, "pull-");
        return all.length >= 48 && all;
      }, WAIT_MS);
      const shared = new Set(
        reports.flatMap(({ caused_by: causes = [] }) =>
          causes.filter(({ kind }) => kind === "shared").map(({ incident }) => incident)
        ),
      );
      tell({
        "registry away: reports, incidents, shared causes": `${reports.length}, ${
          incidentsOf(reports).size
        }, ${shared.size}`,
      });
      assert.deepEqual([reports.length, incidentsOf(reports).size, shared.size], [48, 3, 1]);
      assert.ok(
        reports.every(({ labels, incident }) =>
          labels.owner_kind === "Deployment" && labels.node === KEPT && incident?.family === "image"
        ),
      );
    });

    await t.step("what may not be read is left out, said once, and keeps no report back", async () => {
      const died = terminated("OOMKilled", 137);
      await deploy(rig, KEPT, { dies: 1 }, { containers: [{ restartCount: 1, lastState: died }] });
      const [evidence] = await eventually("evidence without its log", () => {
        const all = evidenceOf(rig).filter(({ omitted }) => omitted.some(({ part }) => part === "log"));
        return all.length > 0 && all;
      }, WAIT_MS);
      const refused = [
        ...await rig.logLines("Rules about objects are off"),
        ...await rig.logLines("Evidence goes without"),
      ];
      assert.deepEqual(evidence?.omitted.filter(({ part }) => part === "log"), [{ part: "log", reason: "forbidden" }]);
      for (const resource of ["statefulsets", "apiservices", "pods/log"]) {
        const said = refused.filter((line) => line.includes(resource));
        assert.equal(said.length, 1, `${resource}: ${said.join("\n")}`);
      }
    });

    await t.step("a node that is lost: one incident, and what follows on its pods names it", async () => {
      const reports = await eventually("the reports", () => {
        const all = [
          ...reportsOf(rig, LOST).filter(({ labels }) => labels.kind === "Node"),
          ...onLost.flatMap((pod) => reportsOf(rig, pod)),
        ];
        return all.length >= 1 + 2 * onLost.length && all;
      }, WAIT_MS);
      const [node, ...others] = reports;
      const sure = others.filter(({ caused_by: causes = [] }) =>
        causes.some(({ incident, confidence }) => incident === node?.incident?.id && confidence === "high")
      );
      tell({ "node lost with 17 pods: reports, that name it": `${reports.length}, ${sure.length}` });
      assert.deepEqual([reports.length, sure.length], [35, 34]);
      assert.deepEqual([node?.labels.kind, node?.incident?.family], ["Node", "node"]);
      // It comes back; what that proves takes two minutes, during which the rest goes on.
      beating.push(keepAlive(rig, LOST, heartbeat.signal));
      await setNode(rig, LOST, {});
    });

    await t.step("a thousand faults within a minute: each is told, the storm is summed up", async () => {
      const before = rig.events().length;
      const pods = Array.from({ length: 1_000 }, (_, index) => `storm-${index}`);
      for (let at = 0; at < pods.length; at += 250) {
        await createAll(
          rig,
          pods.slice(at, at + 250).map((pod) =>
            eventOf(pod, "Warning", "BackOff", `Back-off restarting failed container app in pod ${pod}_default(1)`)
          ),
        );
      }
      await eventually("all of them", () => reportsOf(rig, "storm-").length >= 1_000, WAIT_MS);
      const storm = await eventually(
        "the storm",
        () => rig.updates().map((update) => updateSchema.parse(update)).find(({ kind }) => kind === "storm"),
        WAIT_MS,
      );
      assert.ok(storm.kind === "storm" && storm.reports >= 300, JSON.stringify(storm));
      const ids = new Set(reportsOf(rig, "storm-").map(({ id }) => id));
      assert.equal(ids.size, 1_000);
      tell({
        "faults in a minute, told, beside others": `1000, ${ids.size}, ${rig.events().length - before - ids.size}`,
      });
    });

    await t.step("the node is back: its incident is resolved, and those of its pods", async () => {
      const wanted = incidentsOf([LOST, ...onLost].flatMap((name) => reportsOf(rig, name)));
      const endings = await eventually("the endings", () => {
        const all = rig.updates().map((update) => updateSchema.parse(update)).filter((update) =>
          update.kind === "resolved" && wanted.has(update.incident_id)
        );
        const left = rig.events().filter(({ event: { incident } }) =>
          wanted.has(incident?.id) &&
          !all.some((update) => "incident_id" in update && update.incident_id === incident?.id)
        );
        assert.deepEqual(left.map(({ event: { rule, labels } }) => `${rule} of ${labels.name}`), []);
        return all;
      }, 3 * WAIT_MS);
      const proofs = new Set(endings.map((update) => update.kind === "resolved" ? update.proof : ""));
      tell({ "node back: incidents, resolved, by": `${wanted.size}, ${endings.length}, ${[...proofs].join("; ")}` });
      assert.deepEqual(endings.length, wanted.size);
      assert.deepEqual([...proofs], [`the node ${LOST} is ready again for 2m`]);
    });
  } finally {
    heartbeat.abort();
    lost.abort();
    await Promise.all(beating);
  }
});
