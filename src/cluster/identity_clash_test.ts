import assert from "node:assert/strict";
import { addHeard, findIdentityClashes, type HeardRegistration } from "./identity_clash.ts";
import { identityChangeEvent, identityClashEvent } from "./identity_notice.ts";
import { eventSchema } from "../wire/event.ts";
import type { AgentInfo } from "../wire/agent_info.ts";

const OWN: AgentInfo = {
  cluster_id: "prod",
  version: "1",
  start_time: "2026-01-01T00:00:00Z",
  capabilities: [],
  cluster_uid: "uid-1",
  instance: "one",
};
const heard = (more: Partial<AgentInfo>, heardAtMs = 0): HeardRegistration => ({
  info: { ...OWN, ...more },
  heardAtMs,
});

/** One of several replicas, of the Lease that `OWN_REPLICA` shares. */
const OWN_REPLICA: AgentInfo = { ...OWN, role: "leader", epoch: "7", lease_uid: "lease-1" };

const CASES: readonly { name: string; given: HeardRegistration; nowMs: number; want: string[] }[] = [
  { name: "its own registration", given: heard({}), nowMs: 1e9, want: [] },
  {
    name: "another cluster under the id, at once",
    given: heard({ cluster_uid: "uid-2", instance: "two" }),
    nowMs: 0,
    want: ["other_cluster"],
  },
  { name: "the next pod of a rollout", given: heard({ instance: "two" }), nowMs: 30_000, want: [] },
  { name: "a second agent that stays", given: heard({ instance: "two" }), nowMs: 120_000, want: ["other_agent"] },
  {
    name: "an agent that does not know its UID",
    given: heard({ instance: "two", cluster_uid: null }),
    nowMs: 120_000,
    want: ["other_agent"],
  },
  {
    name: "an old agent without an instance, started at another time",
    given: heard({ instance: null, cluster_uid: null, start_time: "2026-02-01T00:00:00Z" }),
    nowMs: 120_000,
    want: ["other_agent"],
  },
  {
    name: "another id on the same subject",
    given: heard({ cluster_id: "dev", cluster_uid: "uid-2", instance: "two" }),
    nowMs: 1e9,
    want: [],
  },
];

const REPLICA_CASES: readonly { name: string; given: HeardRegistration; want: string[] }[] = [
  { name: "the leader before, of the same Lease", given: heard({ instance: "two", lease_uid: "lease-1" }), want: [] },
  {
    name: "replicas of another Lease",
    given: heard({ instance: "two", lease_uid: "lease-2" }),
    want: ["other_agent"],
  },
  { name: "an agent without a Lease beside replicas", given: heard({ instance: "two" }), want: ["other_agent"] },
  {
    name: "the same Lease by another cluster's word",
    given: heard({ instance: "two", lease_uid: "lease-1", cluster_uid: "uid-2" }),
    want: ["other_cluster"],
  },
];

for (const { name, given, want } of REPLICA_CASES) {
  Deno.test(`identity clash of replicas: ${name}`, () => {
    assert.deepEqual(findIdentityClashes(OWN_REPLICA, [given], 120_000).map(({ kind }) => kind), want);
  });
}

for (const { name, given, nowMs, want } of CASES) {
  Deno.test(`identity clash: ${name}`, () => {
    assert.deepEqual(findIdentityClashes(OWN, [given], nowMs).map(({ kind }) => kind), want);
  });
}

Deno.test("identity clash: registering again does not start the rollout's time anew", () => {
  const twice = addHeard(addHeard([], heard({ instance: "two" }, 0)), heard({ instance: "two" }, 119_000));
  assert.deepEqual(twice.map(({ heardAtMs }) => heardAtMs), [0]);
});

Deno.test("identity clash: invented instances are kept within bounds", () => {
  let all: readonly HeardRegistration[] = [];
  for (let number = 0; number < 1000; number++) all = addHeard(all, heard({ instance: `i-${number}` }));
  assert.equal(all.length, 16);
});

Deno.test("identity notices are valid events with an id that a restart makes again", () => {
  const change = { previous: "ocp-1", current: "k8s-2", source: "kube-system-uid" };
  const [clash] = findIdentityClashes(OWN, [heard({ cluster_uid: "uid-2", instance: "two" })], 0);
  assert.ok(clash);
  for (
    const make of [
      (ms: number) => identityChangeEvent(change, ms),
      (ms: number) => identityClashEvent("prod", clash, ms),
    ]
  ) {
    assert.deepEqual(eventSchema.parse(make(0)), make(0));
    assert.equal(make(0).id, make(60_000).id);
  }
  assert.match(identityChangeEvent(change, 0).message, /was ocp-1 and is k8s-2/);
});
