import assert from "node:assert/strict";
import { FIELD_EVENTS, type FieldEvent } from "../../test/fixtures/field_events.ts";
import { classify } from "./classify.ts";
import { compileCatalogue } from "./compile_rules.ts";
import { normalizeEvent } from "./normalize_event.ts";

const catalogue = compileCatalogue();

function verdictOf([type, apiVersion, kind, namespace, name, component, reason, message]: FieldEvent): string {
  const event = normalizeEvent({
    metadata: { uid: "u", resourceVersion: "1", name: "e", namespace: namespace === "" ? "default" : namespace },
    involvedObject: { apiVersion, kind, name, ...(namespace === "" ? {} : { namespace }) },
    type,
    reason,
    message,
    source: { component },
  });
  assert.ok(event);
  const verdict = classify(catalogue, event, { unknownWarnings: "report" });
  return verdict.kind === "fault" ? `${verdict.severity} by ${verdict.gradedBy?.join(", ") ?? verdict.rule}` : "none";
}

for (const row of FIELD_EVENTS) {
  const [type, , kind, , , component, reason, message, right] = row;
  Deno.test(`field events: ${type} ${reason} of ${component} about a ${kind}, "${message.slice(0, 60)}"`, () => {
    const verdict = verdictOf(row);
    assert.ok(right.split(" or ").includes(verdict.split(" ")[0] ?? ""), `${verdict}; right: ${right}`);
  });
}
