import assert from "node:assert/strict";
import { DEFAULT_SUBJECT_TEMPLATE, subjectFor, type SubjectKind } from "./subject.ts";

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
