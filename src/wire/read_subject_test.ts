import assert from "node:assert/strict";
import { createSubjectReader } from "./read_subject.ts";
import { DEFAULT_SUBJECT_TEMPLATE } from "./subject.ts";

const ROWS: readonly { template: string; subject: string; want: string | null }[] = [
  { template: DEFAULT_SUBJECT_TEMPLATE, subject: "agent.event.prod-1", want: "prod-1" },
  { template: DEFAULT_SUBJECT_TEMPLATE, subject: "agent.events.prod-1", want: "prod-1" },
  { template: DEFAULT_SUBJECT_TEMPLATE, subject: "agent.metrics.prod-1", want: null },
  { template: DEFAULT_SUBJECT_TEMPLATE, subject: "agent.event.prod-1.x", want: null },
  { template: "x.{prefix}.{cluster_id}.{kind}", subject: "x.agent.prod-1.event", want: "prod-1" },
];

for (const { template, subject, want } of ROWS) {
  Deno.test(`subject reader: ${subject} by ${template} is of ${want}`, () => {
    assert.equal(createSubjectReader(["event", "events"], { prefix: "agent", template })(subject), want);
  });
}
