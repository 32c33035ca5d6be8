import assert from "node:assert/strict";
import { clusterOfSubject, DEFAULT_SUBJECT_TEMPLATE, subjectFor, type SubjectKind } from "./subject.ts";

const ROWS: readonly {
  readonly name: string;
  readonly given: readonly [kind: SubjectKind, cluster: string, prefix: string, template: string];
  readonly want: string;
}[] = [
  { name: "the protocol's own", given: ["event", "prod", "agent", DEFAULT_SUBJECT_TEMPLATE], want: "agent.event.prod" },
  { name: "batches", given: ["events", "prod", "agent", DEFAULT_SUBJECT_TEMPLATE], want: "agent.events.prod" },
  {
    name: "a prefix of two tokens",
    given: ["command", "prod", "eu.agent", DEFAULT_SUBJECT_TEMPLATE],
    want: "eu.agent.command.prod",
  },
  {
    name: "a wildcard for the cluster",
    given: ["result", "*", "agent", DEFAULT_SUBJECT_TEMPLATE],
    want: "agent.result.*",
  },
  {
    name: "another order",
    given: ["metrics", "prod", "agent", "{cluster_id}.{prefix}.{kind}"],
    want: "prod.agent.metrics",
  },
  { name: "a part twice", given: ["event", "prod", "agent", "{kind}.{cluster_id}.{kind}"], want: "event.prod.event" },
  {
    name: "fixed words",
    given: ["heartbeat", "prod", "agent", "k8s.{prefix}.v1.{kind}.{cluster_id}"],
    want: "k8s.agent.v1.heartbeat.prod",
  },
];

for (const { name, given: [kind, cluster, prefix, template], want } of ROWS) {
  Deno.test(`subject: ${name}`, () => assert.equal(subjectFor(kind, cluster, { prefix, template }), want));
}

Deno.test("subject: a replacement pattern in an id is no pattern", () => {
  assert.equal(subjectFor("event", "$&", { prefix: "$1", template: DEFAULT_SUBJECT_TEMPLATE }), "$1.event.$&");
});

Deno.test("subject: a value that looks like a part is no part", () => {
  assert.equal(
    subjectFor("event", "{kind}", { prefix: "{cluster_id}", template: DEFAULT_SUBJECT_TEMPLATE }),
    "{cluster_id}.event.{kind}",
  );
});

const CLUSTERS: readonly { subject: string; template?: string; want: string | null }[] = [
  { subject: "agent.event.prod", want: "prod" },
  { subject: "agent.events.prod-eu_1", want: "prod-eu_1" },
  { subject: "agent.result.prod", want: "prod" },
  { subject: "agent.event.a.b", want: null },
  { subject: "agent.event.", want: null },
  { subject: "other.event.prod", want: null },
  { subject: "prod.agent.event", template: "{cluster_id}.{prefix}.{kind}", want: "prod" },
  { subject: "k8s.agent.prod.v1.events", template: "k8s.{prefix}.{cluster_id}.v1.{kind}", want: "prod" },
  { subject: "x-prod.agent.event.prod", template: "x-{cluster_id}.{prefix}.{kind}.{cluster_id}", want: "prod" },
  { subject: "x-prod.agent.event.other", template: "x-{cluster_id}.{prefix}.{kind}.{cluster_id}", want: null },
];

for (const { subject, template = DEFAULT_SUBJECT_TEMPLATE, want } of CLUSTERS) {
  Deno.test(`the cluster of ${subject} in ${template} is ${want}`, () => {
    assert.equal(clusterOfSubject(subject, { prefix: "agent", template }), want);
  });
}
