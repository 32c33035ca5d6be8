import assert from "node:assert/strict";
import fc from "fast-check";
import { eventPlace } from "../../test/support/event_place.ts";
import type { ClusterEvent } from "./cluster_event.ts";
import { classify } from "./classify.ts";
import { compileCatalogue, compileRules } from "./compile_rules.ts";
import { normalizeEvent } from "./normalize_event.ts";
import type { ConfiguredRule } from "./rule.ts";

const REPORT = { unknownWarnings: "report" } as const;
const catalogue = compileCatalogue();

function eventOf(reason: string, kind: string, message: string, type = "Warning"): ClusterEvent {
  const { namespace, objectNamespace } = eventPlace(kind);
  const event = normalizeEvent({
    metadata: { uid: "u", resourceVersion: "1", name: "e", namespace },
    involvedObject: { kind, namespace: objectNamespace, name: "x" },
    reason,
    type,
    message,
    source: { component: "test" },
  });
  assert.ok(event);
  return event;
}

Deno.test("classify: the prefix of combined events is stripped before matching", () => {
  const event = eventOf("Unhealthy", "Pod", "(combined from similar events): Readiness probe failed: x");
  assert.equal(classify(catalogue, event, REPORT).rule, "probe.readiness.failing");
});

Deno.test("classify: the cause at the end of a very long message is found", () => {
  const message = `Failed to pull image "a": ${"x".repeat(1_000_000)}: manifest unknown`;
  assert.equal(classify(catalogue, eventOf("Failed", "Pod", message), REPORT).rule, "image.pull.not_found");
});

Deno.test("classify: an event of a hostile megabyte costs no more than one of 4,096 characters", () => {
  const tried: string[] = [];
  const [rule] = [...compiled({ id: "a.b", reason: "X", match: "x", severity: "low" }).byReason.get("X") ?? []];
  assert.ok(rule);
  const match = Object.assign(new RegExp("x"), {
    test: (text: string) => {
      tried.push(text);
      return false;
    },
  });
  const rules = { byReason: new Map([["X", [{ ...rule, match }]]]), anyReason: [] };
  classify(rules, eventOf("X", "Pod", "Insufficient ".repeat(100_000)), REPORT);
  assert.deepEqual(tried.map(({ length }) => length), [4_096]);
});

Deno.test("classify: a hostile reason of megabytes is bounded before a pattern sees it", () => {
  const tried: string[] = [];
  const [rule] = compiled({ id: "a.b", reason_pattern: "x", severity: "low" }).anyReason;
  assert.ok(rule);
  const reasonPattern = Object.assign(new RegExp("x"), {
    test: (text: string) => {
      tried.push(text);
      return true;
    },
  });
  const rules = { byReason: new Map(), anyReason: [{ ...rule, reasonPattern }] };
  classify(rules, eventOf("listen tcp ".repeat(200_000), "Node", "x"), REPORT);
  assert.deepEqual(tried.map(({ length }) => length), [128]);
});

Deno.test("classify: unknown warnings are dropped only when asked to", () => {
  const event = eventOf("Nobody", "Widget", "x");
  assert.deepEqual(classify(catalogue, event, { unknownWarnings: "drop" }), {
    kind: "ignored",
    rule: null,
    reason: "unknown_warning",
  });
});

const noSlow = () => null;
function compiled(...rules: ConfiguredRule[]) {
  const result = compileRules(rules, noSlow);
  assert.equal(result.kind, "ok");
  return result.kind === "ok" ? result.rules : catalogue;
}
function problemsOf(...rules: ConfiguredRule[]) {
  const result = compileRules(rules, (pattern) => pattern === "SLOW" ? "is slow" : null);
  return result.kind === "ok" ? [] : result.problems.map(({ index, path, message }) => `${index} ${path} ${message}`);
}

Deno.test("configured rules: a new one comes before the catalogue", () => {
  const rules = compiled({ id: "team.payments.crash", reason: "BackOff", match: "payments", severity: "critical" });
  const verdict = classify(rules, eventOf("BackOff", "Pod", "Back-off restarting failed container payments"), REPORT);
  assert.deepEqual([verdict.rule, verdict.kind === "fault" && verdict.severity], ["team.payments.crash", "critical"]);
  assert.equal(
    classify(rules, eventOf("BackOff", "Pod", "Back-off restarting failed container cart"), REPORT).rule,
    "crash.loop",
  );
});

Deno.test("configured rules: (?i) at the beginning of a pattern ignores case", () => {
  const rules = compiled({ id: "team.disk", reason: "Disk", match: "(?i)^slow disk", severity: "low" });
  assert.equal(classify(rules, eventOf("Disk", "Node", "SLOW Disk sda"), REPORT).rule, "team.disk");
});

Deno.test("configured rules: a pattern that may take for ever is found behind (?i) too", () => {
  assert.deepEqual(problemsOf({ id: "a.b", match: "(?i)SLOW", severity: "low" }), ["0 match is slow"]);
});

Deno.test("configured rules: a known id changes only what it names", () => {
  const rules = compiled({ id: "crash.loop", severity: "medium" });
  const verdict = classify(rules, eventOf("BackOff", "Pod", "Back-off restarting failed container"), REPORT);
  assert.deepEqual(verdict.kind === "fault" && [verdict.severity, verdict.category], ["medium", "crash"]);
});

Deno.test("configured rules: ignore makes a fault quiet, by its own id", () => {
  const rules = compiled({ id: "probe.readiness.failing", ignore: true });
  assert.deepEqual(classify(rules, eventOf("Unhealthy", "Pod", "Readiness probe failed: x"), REPORT), {
    kind: "ignored",
    rule: "probe.readiness.failing",
    reason: "rule",
  });
});

Deno.test("configured rules: a rule for any reason wins over the catalogue", () => {
  const rules = compiled({ id: "team.noise", component: "noisy-*", ignore: true });
  const event = {
    ...eventOf("BackOff", "Pod", "Back-off restarting failed container"),
    reportingComponent: "noisy-operator",
  };
  assert.equal(classify(rules, event, REPORT).kind, "ignored");
});

const GROUPS: readonly { wanted: string; apiVersion: string; fits: boolean }[] = [
  { wanted: "longhorn.io", apiVersion: "longhorn.io/v1beta2", fits: true },
  { wanted: "longhorn.io", apiVersion: "notlonghorn.io/v1", fits: false },
  { wanted: "longhorn.io", apiVersion: "longhorn.io.example.com/v1", fits: false },
  { wanted: "longhorn.io", apiVersion: "v1", fits: false },
  { wanted: "*.crossplane.io", apiVersion: "pkg.crossplane.io/v1", fits: true },
  { wanted: "*.crossplane.io", apiVersion: "crossplane.io/v1", fits: false },
  { wanted: "*.crossplane.io", apiVersion: "v1.crossplane.io", fits: false },
  { wanted: "longhorn.io", apiVersion: "", fits: false },
];

for (const { wanted, apiVersion, fits } of GROUPS) {
  Deno.test(`classify: "${apiVersion}" ${fits ? "is" : "is not"} of the API group ${wanted}`, () => {
    const rules = compiled({ id: "team.group", reason: "X", api_group: wanted, severity: "low" });
    const event = eventOf("X", "Volume", "x");
    const verdict = classify(rules, { ...event, involvedObject: { ...event.involvedObject, apiVersion } }, REPORT);
    assert.equal(verdict.rule === "team.group", fits);
  });
}

Deno.test("classify: an object without an apiVersion is judged by its kind, where the rule names kinds", () => {
  const rules = compiled({
    id: "team.group",
    reason: "X",
    kinds: ["Volume"],
    api_group: "longhorn.io",
    severity: "low",
  });
  const event = eventOf("X", "Volume", "x");
  assert.equal(event.involvedObject.apiVersion, "");
  assert.equal(classify(rules, event, REPORT).rule, "team.group");
});

const TIMES: readonly { name: string; first?: string; last?: string; fits: boolean }[] = [
  { name: "that just began", first: "2026-11-20T03:10:00Z", last: "2026-11-20T03:10:00Z", fits: true },
  { name: "of exactly that age", first: "2026-11-20T03:10:00Z", last: "2026-11-20T03:12:00Z", fits: true },
  { name: "a second older", first: "2026-11-20T03:10:00Z", last: "2026-11-20T03:12:01Z", fits: false },
  { name: "without times", fits: false },
];

for (const { name, first, last, fits } of TIMES) {
  Deno.test(`classify: an event ${name} ${fits ? "is" : "is not"} in its first moments`, () => {
    const rules = compiled({ id: "team.begins", reason: "X", within: "2m", severity: "low" });
    const times = { firstSeenMs: first ? Date.parse(first) : null, lastSeenMs: last ? Date.parse(last) : null };
    const verdict = classify(rules, { ...eventOf("X", "Pod", "x"), ...times }, REPORT);
    assert.equal(verdict.rule === "team.begins", fits);
  });
}

Deno.test("classify: a rule for namespaces takes names and beginnings of names", () => {
  const rules = compiled({ id: "team.system", reason: "X", namespaces: ["shop", "kube-*"], severity: "low" });
  const rule = (namespace: string) => {
    const event = eventOf("X", "Pod", "x");
    return classify(rules, { ...event, namespace, involvedObject: { ...event.involvedObject, namespace } }, REPORT)
      .rule;
  };
  assert.deepEqual(["shop", "kube-system", "shop-2", ""].map((namespace) => rule(namespace) === "team.system"), [
    true,
    true,
    false,
    false,
  ]);
});

const BAD_RULES: readonly { name: string; rules: ConfiguredRule[]; want: RegExp }[] = [
  {
    name: "a pattern that does not compile",
    rules: [{ id: "a.b", match: "(", severity: "low" }],
    want: /0 match is not a valid regular expression/,
  },
  {
    name: "a pattern that may take for ever",
    rules: [{ id: "a.b", match: "SLOW", severity: "low" }],
    want: /0 match is slow/,
  },
  {
    name: "an unknown id without a condition, with the nearest one",
    rules: [{ id: "crash.lop", severity: "low" }],
    want: /did you mean crash\.loop/,
  },
  { name: "a new rule without a severity", rules: [{ id: "a.b", reason: "X" }], want: /needs a severity/ },
  {
    name: "one id twice",
    rules: [{ id: "a.b", reason: "X", severity: "low" }, { id: "a.b", reason: "Y", severity: "low" }],
    want: /1 id there are two rules/,
  },
];

for (const { name, rules, want } of BAD_RULES) {
  Deno.test(`configured rules: ${name} is a problem that names the rule`, () => {
    assert.match(problemsOf(...rules).join("\n"), want);
  });
}

Deno.test("normalize and classify: whatever JSON comes in, nothing is thrown", () => {
  fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (anything, part) => {
    for (
      const object of [anything, {
        metadata: { uid: "u", resourceVersion: "1" },
        involvedObject: part,
        series: part,
        source: part,
        message: part,
        reason: part,
        eventTime: part,
      }]
    ) {
      const event = normalizeEvent(object);
      if (event !== null) classify(catalogue, event, REPORT);
    }
  }));
});
