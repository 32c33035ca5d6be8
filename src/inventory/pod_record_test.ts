import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { parseFields } from "../kube/parse_fields.ts";
import { POD_FIELDS, readPod } from "./pod_record.ts";

const TERMINATED = { terminated: { exitCode: 0, reason: "Completed" } };
const pod = (status: unknown, spec: unknown = {}) => ({
  metadata: { name: "p", namespace: "n" },
  spec,
  status,
});

const CASES: readonly { name: string; given: unknown; want: { phase: string; restarts: number } | null }[] = [
  { name: "a pod without any status", given: pod(undefined), want: { phase: "Unknown", restarts: 0 } },
  {
    name: "restarts of all containers",
    given: pod({ phase: "Running", containerStatuses: [{ restartCount: 3 }, { restartCount: 4 }] }),
    want: { phase: "Running", restarts: 7 },
  },
  {
    name: "finished init containers' restarts are history",
    given: pod({
      phase: "Running",
      initContainerStatuses: [{ name: "i", restartCount: 5, state: TERMINATED }],
      containerStatuses: [{ restartCount: 1 }],
    }),
    want: { phase: "Running", restarts: 1 },
  },
  {
    name: "an init container that crashes counts while it blocks the pod",
    given: pod({
      phase: "Pending",
      initContainerStatuses: [{ name: "i", restartCount: 6, state: { waiting: { reason: "CrashLoopBackOff" } } }],
      containerStatuses: [{ restartCount: 0 }],
    }),
    want: { phase: "Pending", restarts: 6 },
  },
  {
    name: "a sidecar's restarts count beside the containers'",
    given: pod({
      phase: "Running",
      initContainerStatuses: [{ name: "proxy", restartCount: 2, started: true, state: { running: {} } }],
      containerStatuses: [{ restartCount: 1 }],
    }, { initContainers: [{ name: "proxy", restartPolicy: "Always" }] }),
    want: { phase: "Running", restarts: 3 },
  },
  {
    name: "a sidecar that crashes in an initialised pod does not hide the containers",
    given: pod({
      phase: "Running",
      conditions: [{ type: "Initialized", status: "True" }],
      initContainerStatuses: [{ name: "proxy", restartCount: 9, started: false, state: { waiting: { reason: "x" } } }],
      containerStatuses: [{ restartCount: 1 }],
    }, { initContainers: [{ name: "proxy", restartPolicy: "Always" }] }),
    want: { phase: "Running", restarts: 10 },
  },
  {
    name: "a null list and a negative count are no restarts",
    given: pod({ phase: "Pending", initContainerStatuses: null, containerStatuses: [{ restartCount: -4 }, null] }),
    want: { phase: "Pending", restarts: 0 },
  },
  { name: "no name is no pod", given: { metadata: {} }, want: null },
  { name: "a text is no pod", given: "pod", want: null },
];

for (const { name, given, want } of CASES) {
  Deno.test(`readPod: ${name}`, () => {
    const read = readPod(given);
    assert.deepEqual(read === null ? null : { phase: read.phase, restarts: read.restarts }, want);
    // The same from the fields that a list reads.
    assert.deepEqual(readPod(parseFields(Buffer.from(JSON.stringify(given)), POD_FIELDS)), read);
  });
}
