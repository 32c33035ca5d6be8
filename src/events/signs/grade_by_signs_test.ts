import assert from "node:assert/strict";
import process from "node:process";
import fc from "fast-check";
import { normalizeEvent } from "../normalize_event.ts";
import { badSigns } from "./bad_signs.ts";
import { gradeBySigns } from "./grade_by_signs.ts";
import { otherSigns } from "./other_signs.ts";

interface Written {
  readonly type?: "Normal" | "Warning";
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly container?: string;
  readonly reason: string;
  readonly message?: string;
}

function eventOf(written: Written) {
  const { type = "Warning", kind = "Widget", namespace = "shop", name = "web-1", container, reason, message } = written;
  const event = normalizeEvent({
    metadata: { uid: "u", resourceVersion: "1", name: "e", namespace: namespace === "" ? "default" : namespace },
    involvedObject: {
      kind,
      namespace,
      name,
      fieldPath: container === undefined ? "" : `spec.containers{${container}}`,
    },
    type,
    reason,
    message,
  });
  assert.ok(event);
  return event;
}

/** `high unknown.degraded unknown.failed`, or `ignored`. */
function gradeOf(written: Written): string {
  const grade = gradeBySigns(eventOf(written));
  return grade.kind === "ignored" ? "ignored" : [grade.severity, ...grade.signs].join(" ");
}

const AT_NODE = { kind: "Node", namespace: "", name: "n1" };

const WARNINGS: readonly (readonly [name: string, written: Written, want: string])[] = [
  ["nothing that says anything", { reason: "RapidCron", message: "runs more often than every five minutes" }, "low"],
  ["a failure", { reason: "ReconcileFailed" }, "medium unknown.failed"],
  ["a reason in snake case", { reason: "sync_failed" }, "medium unknown.failed"],
  ["a failure of a node", { reason: "SetupFailed", ...AT_NODE }, "high unknown.failed"],
  ["a failure in kube-system", { reason: "SetupFailed", namespace: "kube-system" }, "high unknown.failed"],
  ["a failure of a ConfigMap", { reason: "SetupFailed", kind: "ConfigMap" }, "low unknown.failed"],
  ["several words of one sign", { reason: "KubeletIsDown", ...AT_NODE }, "high unknown.down"],
  ["what scales down is not down", { reason: "ScaleDown" }, "low"],
  [
    "a lost quorum of the platform",
    { reason: "QuorumLost", namespace: "openshift-etcd" },
    "critical unknown.quorum_lost",
  ],
  ["a lost quorum of a tenant", { reason: "QuorumLost" }, "high unknown.quorum_lost"],
  [
    "the worst of several is the rule",
    { reason: "SyncFailed", message: "volume is degraded" },
    "high unknown.degraded unknown.failed",
  ],
  [
    "a code in the message",
    { reason: "Sync", message: "googleapi: Error 403: QUOTA_EXCEEDED" },
    "high unknown.capacity unknown.error",
  ],
  ["a denied good word", { reason: "Checked", message: "replica is not yet ready" }, "low unknown.not_ready"],
  [
    "a good word that is denied far off",
    { reason: "Checked", message: "primary isn't healthy" },
    "medium unknown.not_ready",
  ],
  ["a reason that says what there is none of", { reason: "NoAPIKey" }, "medium unknown.missing"],
  ["a reason that says that there is no change", { reason: "NoChanges" }, "low"],
  [
    "what was looked for and not found",
    { reason: "Seen", message: "No backup location found" },
    "medium unknown.missing",
  ],
  [
    "nothing available of a kind with a long name",
    { reason: "Seen", message: "no load balancer address available" },
    "medium unknown.not_ready",
  ],
  ["no failures found", { reason: "Seen", message: "no errors found, all checks ready" }, "low"],
  ["a pool that is lost", { reason: "Pool Lost", message: "Pool is lost" }, "high unknown.storage_lost"],
  [
    "a lost quorum of etcd in a tenant's namespace",
    { reason: "QuorumLost", kind: "Etcd" },
    "critical unknown.quorum_lost",
  ],
  ["a failure of a control plane", { reason: "ReconcileFailed", kind: "KThreesControlPlane" }, "high unknown.failed"],
  [
    "a request for a certificate that cannot be read",
    { reason: "RequestParsingError", kind: "CertificateSigningRequest", namespace: "" },
    "medium unknown.error",
  ],
  ["a denied failure", { reason: "Checked", message: "0 failed, no errors, without any errors" }, "low"],
  ["a count of none", { reason: "Checked", message: "passed: 3, failed: 0" }, "low"],
  [
    "a failure that has not happened",
    { reason: "Planned", message: "retried if failed; see failure threshold" },
    "low",
  ],
  ["a recovery", { reason: "VolumeRecovered", message: "recovered from degraded state" }, "low"],
  ["a failed recovery", { reason: "RecoveryFailed" }, "medium unknown.failed"],
  ["what ends well", { reason: "Sync", message: "failed twice, then succeeded" }, "low"],
  [
    "what ends badly",
    { reason: "Sync", message: "successfully cordoned, but failed to drain" },
    "medium unknown.failed",
  ],
  [
    "an optimistic lock",
    { reason: "UpdateFailed", message: "the object has been modified; please apply" },
    "low unknown.failed",
  ],
  [
    "a condition that became bad",
    { reason: "Changed", message: "Degraded changed from False to True" },
    "high unknown.condition",
  ],
  [
    "a good condition that is gone",
    { reason: "Changed", message: "condition Ready=False" },
    "medium unknown.condition",
  ],
  [
    "a state that became worse",
    { reason: "Changed", message: "phase moved from Running to Failed" },
    "medium unknown.state",
  ],
  ["a failure that may be", { reason: "Late", message: "possibly a sign of a broken load balancer" }, "low"],
  ["a whole cluster", { reason: "GaleraClusterNotHealthy" }, "high unknown.cluster_unhealthy"],
  [
    "a batch job",
    { reason: "ExecutorFailed", kind: "SparkApplication", message: "Reason: OOMKilled" },
    "medium unknown.out_of_memory unknown.failed unknown.aborted",
  ],
  ["a health in colours", { reason: "Changed", message: "health changed from green to red" }, "high unknown.state"],
  ["node-problem-detector's condition", {
    reason: "VMEventScheduled",
    message: "Node condition VMEventScheduled is now: True, reason: x",
    ...AT_NODE,
  }, "high unknown.condition"],
  ["node-problem-detector's condition that is over", {
    reason: "Fine",
    message: "Node condition KernelDeadlock is now: False, reason: x",
    ...AT_NODE,
  }, "low"],
];

for (const [name, written, want] of WARNINGS) {
  Deno.test(`grade by signs: a Warning with ${name} is ${want}`, () => assert.equal(gradeOf(written), want));
}

const NAMES: readonly (readonly [name: string, written: Written])[] = [
  ["a name in quotes", { reason: "Seen", message: "saw \"failed\" and `crash` and 'oom'" }],
  ["a name with hyphens", { reason: "Seen", message: "saw crash-loop-tester" }],
  ["an image", { reason: "Seen", message: "saw registry.example/failed/panic:oom" }],
  ["a digest", { reason: "Seen", message: "saw a@sha256:401deadfa11ed" }],
  ["a URL", { reason: "Seen", message: "saw https://error.example/failed?denied=true" }],
  ["the object's own name", { reason: "Seen", message: "saw degraded", name: "degraded" }],
  ["the container's name", { reason: "Seen", message: "Started container panic", container: "panic" }],
];

for (const [name, written] of NAMES) {
  Deno.test(`grade by signs: ${name} is no sign`, () => assert.equal(gradeOf(written), "low"));
}

const NORMAL: readonly (readonly [reason: string, message: string, want: string])[] = [
  ["Degraded", "volume became degraded", "high unknown.degraded"],
  ["FailingOver", "Current primary isn't healthy, initiating a failover", "high unknown.failover"],
  ["ResourceUpdated", "Updated health status: Healthy -> Degraded", "high unknown.state"],
  ["ResourceUpdated", "Updated health status: Degraded -> Healthy", "ignored"],
  ["ResourceUpdated", "Updated health status: Healthy -> Progressing", "ignored"],
  ["ResourceUpdated", "Updated sync status: Synced -> OutOfSync", "ignored"],
  ["OperatorStatusChanged", "Degraded changed from True to False", "ignored"],
  ["OperatorStatusChanged", 'Degraded message changed from "a: nodes are ready" to "a: node failed"', "ignored"],
  ["OperatorStatusChanged", "Available changed from True to False", "high unknown.condition"],
  ["SawCompletedJob", "Saw completed job: nightly-1, condition: Failed", "medium unknown.state"],
  ["SawCompletedJob", "Saw completed job: nightly-1, condition: Complete", "ignored"],
  ["Ready", "Status condition transitioned, Type: Ready, Status: True -> False, Reason: x", "medium unknown.condition"],
  ["Ready", "Status condition transitioned, Type: Ready, Status: Unknown -> False, Reason: x", "ignored"],
  ["Registered", "Status condition transitioned, Type: Registered, Status: Unknown -> True", "ignored"],
  ["RolloutNotCompleted", "Rollout not completed, started update to revision 2", "ignored"],
  ["Preempted", "Preempted to accommodate a workload in the ClusterQueue", "ignored"],
  ["PartiallyFailed", "restore partially failed: 3 errors", "medium unknown.failed"],
  ["ScheduledEvent", "instance-retirement will occur", "medium unknown.maintenance"],
  ["Noted", "index is corrupted", "high unknown.corruption"],
  ["SuccessfulDelete", "Deleted failed job", "ignored"],
  ["NodeHasSufficientMemory", "Node n status is now: NodeHasSufficientMemory", "ignored"],
  ["Evicted", "Evicted pod: Underutilized", "ignored"],
  ["DependencyNotReady", "Dependencies do not meet ready condition", "ignored"],
  ["Pulled", 'Container image "a/failed:oom" already present on machine', "ignored"],
];

for (const [reason, message, want] of NORMAL) {
  Deno.test(`grade by signs: Normal ${reason}, "${message.slice(0, 50)}", is ${want}`, () => {
    assert.equal(gradeOf({ type: "Normal", reason, message }), want);
  });
}

Deno.test("grade by signs: every sign has an id of its own, and every sequence of words one meaning", () => {
  const places = [...badSigns, ...otherSigns].flatMap(({ words, only }) =>
    words.flatMap((word) => (only === undefined ? ["reason", "message"] : [only]).map((place) => `${place}: ${word}`))
  );
  assert.deepEqual(places.filter((place, at) => places.indexOf(place) !== at), []);
  for (const { id, words, source } of [...badSigns, ...otherSigns]) {
    assert.match(id, /^unknown\.[a-z_]+$/);
    assert.ok(source.length > 10, id);
    for (const word of words) assert.match(word, /^[a-z']+( [a-z']+){0,5}$/, id);
  }
});

Deno.test("grade by signs: any text is graded in time that its length bounds", () => {
  const atom = fc.constantFrom(
    "failed ",
    "Degraded changed from ",
    "a->",
    'x message changed from "',
    " from a to ",
    "!!!!",
    "'",
    "A",
    "_a",
    "=",
    "status is now: ",
    "status ",
    "· ",
    "(((",
    "Node condition ",
    "changed ",
  );
  const hostile = fc.array(atom, { minLength: 1, maxLength: 4 }).map((atoms) => atoms.join("").repeat(12_000));
  fc.assert(
    fc.property(hostile, fc.constantFrom("Normal", "Warning"), (text, type) => {
      const event = eventOf({ type: type === "Normal" ? "Normal" : "Warning", reason: text, message: text });
      const before = process.cpuUsage(); // whatever else the machine does meanwhile
      const grade = gradeBySigns(event);
      assert.ok(process.cpuUsage(before).user < 100_000);
      assert.ok(grade.kind === "ignored" || grade.signs.length <= 8);
    }),
    { numRuns: 200 },
  );
});
