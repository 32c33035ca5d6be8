import assert from "node:assert/strict";
import { type SandboxApi, startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { PLANTED_FORMS, PLANTED_VALUES } from "../fixtures/redaction/planted_secrets.ts";
import { startEvidence } from "../support/evidence_rig.ts";
import { openTestClient } from "../support/kube_client.ts";

const AT_ONCE = 20;

/** A crashed pod that holds `secret` wherever people put secrets, each place with a form of its own. */
function plantSecrets(api: SandboxApi, name: string, form: string): void {
  const terminated = { exitCode: 1, reason: "Error", message: form };
  api.store.put("pods", {
    metadata: {
      name,
      namespace: "shop",
      annotations: { note: form, "app.kubernetes.io/note": form },
      labels: { "pod-template-hash": "6c4b8f7d5c" },
      ownerReferences: [{ kind: "ReplicaSet", name: `${name}-6c4b8f7d5c`, controller: true }],
    },
    spec: {
      containers: [{
        name: "app",
        image: "web:1",
        command: ["sh", "-c", form],
        args: [form, "--serve"],
        env: [{ name: "ANY", value: form }],
        livenessProbe: {
          exec: { command: ["sh", "-c", form] },
          httpGet: { port: 80, httpHeaders: [{ name: "X", value: form }] },
        },
      }],
    },
    status: {
      phase: "Running",
      message: form,
      containerStatuses: [{
        name: "app",
        restartCount: 1,
        state: { waiting: { reason: "CrashLoopBackOff", message: form } },
        lastState: { terminated },
      }],
    },
  });
  for (const [hash, revision, level] of [["5d8f7c6b9d", "1", "info"], ["6c4b8f7d5c", "2", "debug"]]) {
    const args = [`--level=${level}`, form];
    const env = [{ name: "ANY", value: form + level }];
    api.store.put("replicasets", {
      metadata: {
        name: `${name}-${hash}`,
        namespace: "shop",
        labels: { app: name },
        annotations: { "deployment.kubernetes.io/revision": revision, note: form + level },
      },
      spec: {
        template: {
          metadata: { annotations: { note: form + level } },
          spec: { containers: [{ name: "app", command: ["sh", "-c", form + level], args, env }] },
        },
      },
    });
  }
  api.store.put("deployments", {
    metadata: { name, namespace: "shop", annotations: { note: form } },
    spec: { selector: { matchLabels: { app: name } } },
    status: { conditions: [{ type: "Progressing", status: "False", reason: "Failed", message: form }] },
  });
  api.logs.put(
    { namespace: "shop", pod: name, container: "app", previous: true },
    `starting\n${form}\nERROR giving up\n`,
  );
}

Deno.test("evidence: of more than two hundred secrets in logs, arguments, variables, annotations and messages none goes out", async () => {
  await using api = await startSandboxApi();
  const client = await openTestClient(api);
  await using rig = startEvidence(client, { requestsPerMinute: 6_000 });
  const planted = PLANTED_FORMS.flatMap(({ kind, text }) =>
    PLANTED_VALUES.slice(0, 2).map((value) => ({ kind, value, form: text.replaceAll("@@", value) }))
  );
  const leaks: string[] = [];
  let requests = 0;
  for (let from = 0; from < planted.length; from += AT_ONCE) {
    await Promise.all(
      planted.slice(from, from + AT_ONCE).map(async ({ kind, value, form }, index) => {
        const name = `p-${from + index}`;
        plantSecrets(api, name, form);
        const update = await rig.gather({ name, key: name, message: form });
        requests += update.cost.requests;
        assert.ok(update.evidence.change, name);
        const parts = Object.entries(update.evidence).filter(([, part]) => JSON.stringify(part).includes(value));
        for (const [part] of parts) leaks.push(`${part}: ${kind}: ${form.slice(0, 200)}`);
      }),
    );
  }
  client.close();
  assert.ok(planted.length > 200 && requests > 1_000, `${planted.length} secrets, ${requests} requests`);
  assert.deepEqual(leaks, []);
});
