import assert from "node:assert/strict";
import { among, anyOf, createLabelBound, oneOf } from "./label.ts";
import type { Telemetry } from "./telemetry.ts";

Deno.test("label: values of a table come in its order, with what they mean", () => {
  const label = oneOf({ b: "second", a: "first" });
  assert.deepEqual([label.values, label.meanings["b"], label.open], [["b", "a"], "second", null]);
});

Deno.test("label: closed labels pass as they are", () => {
  const labels = { kind: "event" } as const;
  assert.equal(createLabelBound({ kind: among(["event"]) })(labels), labels);
});

Deno.test("label: values above the bound of an open label are other, those known before it never", () => {
  const bound = createLabelBound({ kind: among(["event"]), category: anyOf("of the configuration", 3, ["oom"]) });
  const categories = ["x", "y", "z", "oom", "x", "z"].map((category) => bound({ kind: "event", category }));
  assert.deepEqual(categories.map(({ category }) => category), ["x", "y", "other", "oom", "x", "other"]);
  assert.ok(categories.every(({ kind }) => kind === "event"));
});

/** `true` where any word at all would do for this label. */
type TakesAnyWord<V> = string extends V ? true : false;
type LabelsOf<K extends keyof Telemetry> = Telemetry[K] extends { inc(labels: infer V, by?: number): void } ? V : never;

Deno.test("label: a value that the table does not have does not compile", () => {
  const closed: {
    readonly kind: TakesAnyWord<LabelsOf<"messagesDropped">["kind"]>;
    readonly reason: TakesAnyWord<LabelsOf<"messagesDropped">["reason"]>;
    readonly code: TakesAnyWord<LabelsOf<"commandRefusals">["code"]>;
    readonly cause: TakesAnyWord<LabelsOf<"watchRestarts">["cause"]>;
    readonly rule: TakesAnyWord<LabelsOf<"commandRedactions">["rule"]>;
    readonly open: TakesAnyWord<LabelsOf<"serviceRestarts">["service"]>;
  } = { kind: false, reason: false, code: false, cause: false, rule: false, open: true };
  assert.equal(closed.open, true);
});
