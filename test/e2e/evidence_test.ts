import assert from "node:assert/strict";
import process from "node:process";
import { eventually } from "../../sandbox/eventually.ts";
import type { KubeClient } from "../../src/kube/kube_client.ts";
import { type ControlPlane, missingControlPlaneTools, startControlPlane } from "../support/control_plane.ts";
import { evidenceRequest, startEvidence } from "../support/evidence_rig.ts";
import { openTestClient } from "../support/kube_client.ts";
import { AGENT_NAMESPACE, MANIFESTS_FOLDER } from "../support/shipped_manifests.ts";

const missing = await missingControlPlaneTools({ nodes: 1 });
if (missing.length > 0) {
  process.stderr.write(`SKIPPED: evidence on a real control plane; not found: ${missing.join(", ")}\n`);
}

const NAMESPACE = "shop";
const TERMINATED = {
  exitCode: 137,
  reason: "OOMKilled",
  startedAt: "2026-01-01T00:00:00Z",
  finishedAt: "2026-01-01T00:00:07Z",
  containerID: "containerd://0f3c",
};

/** Variables and probes as applications have them: a pod of some 8 kB. */
function deployment(image: string, memory: string, level: string) {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: NAMESPACE },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web", team: "shop" }, annotations: { note: "private" } },
        spec: {
          containers: [{
            name: "app",
            image,
            args: ["--serve", `--level=${level}`],
            env: [
              { name: "DB_PASSWORD", value: `hunter2-${level}` },
              ...Array.from({ length: 30 }, (_, index) => ({ name: `SETTING_${index}`, value: `value-${index}` })),
            ],
            resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory } },
            livenessProbe: { httpGet: { path: "/live", port: 8080 }, periodSeconds: 5, failureThreshold: 3 },
          }],
        },
      },
    },
  };
}

async function applyAndWait(plane: ControlPlane, object: object): Promise<void> {
  await plane.kubectl(["apply", "-f", "-"], JSON.stringify(object));
  await plane.kubectl(["-n", NAMESPACE, "rollout", "status", "deployment/web", "--timeout=60s"]);
}

interface PodJson {
  readonly metadata: { readonly name: string; readonly uid: string; readonly labels: Record<string, string> };
  readonly spec: { readonly nodeName: string };
  readonly status: {
    readonly phase: string;
    readonly qosClass: string;
    readonly containerStatuses: readonly {
      readonly restartCount: number;
      readonly image: string;
      readonly ready: boolean;
    }[];
  };
}

const getJson = async <T>(plane: ControlPlane, ...args: string[]): Promise<T> =>
  JSON.parse(await plane.kubectl(["-n", NAMESPACE, "get", ...args, "-o", "json"]));

/** The client of the shipped account, and what it asks for. */
async function openShippedClient(plane: ControlPlane) {
  await plane.kubectl(["apply", "-k", MANIFESTS_FOLDER]);
  const env = await plane.enterPod(AGENT_NAMESPACE, "agent");
  const serviceAccountDir = env["AGENT_SERVICE_ACCOUNT_DIR"] ?? "";
  const port = Number(new URL(plane.url).port);
  const client = await openTestClient({ port, serviceAccountDir });
  const asked: string[] = [];
  const counted: KubeClient = {
    ...client,
    text(request) {
      asked.push(request.path);
      return client.text(request);
    },
  };
  return { client: counted, asked };
}

const quantile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? 0;

Deno.test({
  name: "evidence: on a real control plane, with the shipped account",
  ignore: missing.length > 0,
  async fn(t) {
    await using plane = await startControlPlane({ nodes: 2 });
    await plane.kubectl(["create", "namespace", NAMESPACE]);
    await applyAndWait(plane, deployment("registry.example/web:1", "64Mi", "info"));
    await applyAndWait(plane, deployment("registry.example/web:2", "32Mi", "debug"));
    const { client, asked } = await openShippedClient(plane);
    const pods = async () => {
      const { items } = await getJson<{ items: readonly PodJson[] }>(plane, "pods", "-l", "app=web");
      const sets = await getJson<{ items: readonly { metadata: { name: string }; spec: { replicas: number } }[] }>(
        plane,
        "rs",
      );
      const present = sets.items.find(({ spec }) => spec.replicas === 3)?.metadata.name ?? "";
      return items.filter(({ metadata }) => metadata.name.startsWith(`${present}-`));
    };
    const [victim] = await eventually("the pods of the new template run", async () => {
      const found = await pods();
      return found.length === 3 && found.every(({ status }) => status.phase === "Running") && found;
    }, 60_000);
    assert.ok(victim);
    const { name, uid } = victim.metadata;
    const [status] = victim.status.containerStatuses;
    const ended = {
      ...status,
      ready: false,
      restartCount: 4,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: TERMINATED },
    };
    await plane.kubectl(
      [
        "-n",
        NAMESPACE,
        "patch",
        "pod",
        name,
        "--subresource=status",
        "--type=merge",
        "-p",
        JSON.stringify({ status: { containerStatuses: [ended] } }),
      ],
    );
    const fault = { namespace: NAMESPACE, name, uid, owner: { kind: "Deployment", name: "web", guessed: false } };

    await t.step("each field is what kubectl shows, and no secret is in it", async () => {
      await using rig = startEvidence(client);
      const { evidence, omitted, cost } = await rig.gather(fault);
      const pod = await getJson<PodJson>(plane, "pod", name);
      const owner = await getJson<
        { spec: { replicas: number }; status: Record<string, number>; metadata: { generation: number } }
      >(plane, "deployment", "web");
      const node = await getJson<{ status: { capacity: unknown; nodeInfo: { kubeletVersion: string } } }>(
        plane,
        "node",
        pod.spec.nodeName,
      );
      const found = JSON.parse(JSON.stringify(evidence));
      assert.deepEqual(omitted.filter(({ part }) => part !== "log"), []);
      assert.deepEqual(found.container.last_state.terminated, {
        reason: "OOMKilled",
        exit_code: 137,
        started_at: TERMINATED.startedAt,
        finished_at: TERMINATED.finishedAt,
        container_id: TERMINATED.containerID,
      });
      const [shown] = pod.status.containerStatuses;
      assert.deepEqual(
        [
          found.container.restarts,
          found.container.image,
          found.container.ready,
          found.container.limits,
          found.container.env.length,
        ],
        [shown?.restartCount, "registry.example/web:2", shown?.ready, { memory: "32Mi" }, 31],
      );
      assert.deepEqual(
        [found.container.pod.phase, found.container.pod.qos, found.container.pod.node, found.container.pod.labels],
        [pod.status.phase, pod.status.qosClass, pod.spec.nodeName, { team: "shop" }],
      );
      assert.deepEqual(
        [found.owner.chain.at(-1), found.owner.desired, found.owner.updated, found.owner.generation],
        ["Deployment/web", owner.spec.replicas, owner.status["updatedReplicas"], owner.metadata.generation],
      );
      assert.deepEqual([found.node.capacity, found.node.kubelet], [
        node.status.capacity,
        node.status.nodeInfo.kubeletVersion,
      ]);
      assert.deepEqual(found.change.changes, [
        {
          path: "containers[app].image",
          change: "changed",
          from: "registry.example/web:1",
          to: "registry.example/web:2",
        },
        {
          path: "containers[app].args",
          change: "changed",
          from: '["--serve","--level=info"]',
          to: '["--serve","--level=debug"]',
        },
        { path: "containers[app].env[DB_PASSWORD]", change: "changed" },
        { path: "containers[app].resources.limits.memory", change: "changed", from: "64Mi", to: "32Mi" },
      ]);
      assert.deepEqual([found.change.from.revision, found.change.to.revision], ["1", "2"]);
      assert.doesNotMatch(JSON.stringify(evidence), /hunter2|private|value-\d/);
      process.stdout.write(`one bundle: ${cost.requests} requests, ${cost.bytes} bytes, ${cost.duration / 1e6} ms\n`);
      assert.ok(cost.requests <= 8 && cost.bytes <= 100_000, JSON.stringify(cost));
    });

    await t.step("a bundle is there within five seconds of its report, and asks for no Event", async () => {
      await using rig = startEvidence(client, { delayMs: 2_000 });
      const times = await Promise.all(Array.from({ length: 7 }, async (_, index) => {
        const started = performance.now();
        await rig.gather({ ...fault, key: `timed-${index}` });
        return performance.now() - started;
      }));
      process.stdout.write(`from the report, ms: median ${quantile(times, 0.5)}, p95 ${quantile(times, 0.95)}\n`);
      assert.ok(quantile(times, 0.95) <= 5_000, String(times));
      assert.deepEqual(asked.filter((path) => path.includes("/events")), []);
    });

    await t.step("a thousand faults cost no more requests than a minute allows", async () => {
      await using rig = startEvidence(client, { delayMs: 0 });
      const before = asked.length;
      for (let number = 0; number < 1_000; number++) {
        rig.service.request(evidenceRequest({ ...fault, key: `many-${number}` }));
      }
      await eventually("the budget of this minute is used up", () => rig.sent.length >= 7, 20_000);
      const requests = asked.length - before;
      process.stdout.write(`a thousand faults: ${requests} requests, ${rig.sent.length} bundles\n`);
      assert.ok(requests <= 60, String(requests));
    });
    client.close();
  },
});
