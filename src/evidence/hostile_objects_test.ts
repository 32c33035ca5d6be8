import assert from "node:assert/strict";
import fc from "fast-check";
import { createAllowlist } from "../inventory/allowlist.ts";
import { BUILT_IN_REDACTOR } from "../redaction/redactor.ts";
import { chooseContainer, containersOf } from "./container_choice.ts";
import { describeContainer, summarizeContainer } from "./describe_container.ts";
import { claimNames, conditionsOf, describePod } from "./describe_pod.ts";
import { diffTemplate } from "./diff_template.ts";
import { parseMessage } from "./parse_message.ts";
import { readTable } from "./read_table.ts";
import { selectLogLines } from "./select_log_lines.ts";
import { selectorText } from "./selector_text.ts";

const FIELDS = [
  ...[
    "metadata",
    "spec",
    "status",
    "containers",
    "initContainers",
    "containerStatuses",
    "state",
    "lastState",
    "waiting",
  ],
  ...[
    "terminated",
    "exitCode",
    "name",
    "env",
    "args",
    "command",
    "ports",
    "resources",
    "limits",
    "volumes",
    "conditions",
  ],
  ...["livenessProbe", "httpGet", "httpHeaders", "affinity", "nodeAffinity", "tolerations", "labels", "annotations"],
  ...["columnDefinitions", "rows", "cells", "matchLabels", "matchExpressions", "operator", "values", "key"],
];

/** JSON with the fields that are read, and anything in them. */
const anything = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.constantFrom(null, true, -1, 1e300, "", "x", "__proto__", "\ud800", "2026-01-01T00:00:00Z"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...FIELDS), tie("value"), { maxKeys: 8 }),
  ),
})).value;
const object = fc.dictionary(fc.constantFrom(...FIELDS), anything, { maxKeys: 10 });

Deno.test("evidence: whatever an object holds, it is described, and within bounds", () => {
  const allow = createAllowlist(["*"]);
  fc.assert(
    fc.property(object, object, (one, other) => {
      describePod(one, allow, allow);
      conditionsOf(one["conditions"]);
      claimNames(one);
      chooseContainer(one, "x");
      for (const view of containersOf(one)) {
        describeContainer(view, BUILT_IN_REDACTOR);
        summarizeContainer(view);
      }
      describeContainer({ name: "x", role: "container", spec: one, status: other }, BUILT_IN_REDACTOR);
      diffTemplate(one, other, (value) => value);
      readTable(one);
      selectorText(one);
    }),
    { numRuns: 500 },
  );
});

Deno.test("evidence: a container of a megabyte is described in little time and little space", () => {
  const long = "x".repeat(1_000_000);
  const many = Array.from(
    { length: 20_000 },
    (_, index) => ({ name: `n${index}`, value: "v", mountPath: "/m", containerPort: 1 }),
  );
  const spec = {
    image: long,
    command: many.map(() => "a b c d"),
    args: [long],
    env: many,
    ports: many,
    volumeMounts: many,
  };
  const started = performance.now();
  const described = describeContainer({ name: "x", role: "container", spec, status: {} }, BUILT_IN_REDACTOR);
  assert.ok(JSON.stringify(described).length < 100_000);
  assert.ok(performance.now() - started < 2_000);
});

Deno.test("evidence: any message and any log is read", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 2_000 }), (text) => {
    parseMessage(text);
    assert.ok(selectLogLines(text, 30).leftOut >= 0);
  }));
});
