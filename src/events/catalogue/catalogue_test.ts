import assert from "node:assert/strict";
import { CLASSIFIED_EVENTS, QUIET_EVENTS } from "../../../test/fixtures/classified_events.ts";
import { CONTROL_PLANE_EVENTS } from "../../../test/fixtures/classified_events_control_plane.ts";
import { DATABASE_EVENTS } from "../../../test/fixtures/classified_events_database.ts";
import { GITOPS_EVENTS } from "../../../test/fixtures/classified_events_gitops.ts";
import { KUBERNETES_EVENTS } from "../../../test/fixtures/classified_events_kubernetes.ts";
import { MOMENTS_EVENTS } from "../../../test/fixtures/classified_events_moments.ts";
import { NETWORK_EVENTS } from "../../../test/fixtures/classified_events_network.ts";
import { NODES_EVENTS } from "../../../test/fixtures/classified_events_nodes.ts";
import { POLICY_EVENTS } from "../../../test/fixtures/classified_events_policy.ts";
import { STORAGE_EVENTS } from "../../../test/fixtures/classified_events_storage.ts";
import type { ComponentEvents } from "../../../test/support/component_events.ts";
import { eventPlace } from "../../../test/support/event_place.ts";
import { CATEGORIES } from "../../telemetry/label_values.ts";
import { classify } from "../classify.ts";
import type { ClusterEvent } from "../cluster_event.ts";
import { compileCatalogue, reasonsOf } from "../compile_rules.ts";
import { normalizeEvent } from "../normalize_event.ts";
import type { Rule } from "../rule.ts";
import { CATALOGUE } from "./catalogue.ts";

const REPORT = { unknownWarnings: "report" } as const;
const catalogue = compileCatalogue();

const COMPONENT_EVENTS: readonly ComponentEvents[] = [
  ...CONTROL_PLANE_EVENTS,
  ...DATABASE_EVENTS,
  ...GITOPS_EVENTS,
  ...KUBERNETES_EVENTS,
  ...MOMENTS_EVENTS,
  ...NETWORK_EVENTS,
  ...NODES_EVENTS,
  ...POLICY_EVENTS,
  ...STORAGE_EVENTS,
];

interface Written {
  readonly namespace?: string;
  readonly seconds?: number | undefined;
  readonly component?: string;
  readonly apiVersion?: string;
  readonly kind: string;
  readonly type?: string;
  readonly reason: string;
  readonly message: string;
}

function eventOf(written: Written) {
  const { component = "test", apiVersion = "v1", kind, type = "Warning", reason, message, seconds } = written;
  const { namespace, objectNamespace } = eventPlace(kind, written.namespace);
  const times = seconds === undefined ? {} : {
    firstTimestamp: "2026-11-20T03:10:00Z",
    lastTimestamp: new Date(Date.parse("2026-11-20T03:10:00Z") + seconds * 1_000).toISOString(),
  };
  const event = normalizeEvent({
    metadata: { uid: "u", resourceVersion: "1", name: "e", namespace },
    involvedObject: { apiVersion, kind, namespace: objectNamespace, name: "x" },
    reason,
    type,
    message,
    source: { component },
    ...times,
  });
  assert.ok(event);
  return event;
}

const verdictOf = (event: ClusterEvent) => classify(catalogue, event, REPORT);

for (const [reason, kind, message, rule] of CLASSIFIED_EVENTS) {
  Deno.test(`catalogue: ${reason} of a ${kind}, "${message.slice(0, 60)}", is ${rule}`, () => {
    assert.equal(verdictOf(eventOf({ kind, reason, message })).rule, rule);
  });
}

for (const [reason, kind, type, message] of QUIET_EVENTS) {
  Deno.test(`catalogue: ${reason} of a ${kind}, "${message.slice(0, 40)}", stays quiet`, () => {
    assert.equal(verdictOf(eventOf({ kind, type, reason, message })).kind, "ignored");
  });
}

for (const { events, ...about } of COMPONENT_EVENTS) {
  for (const [type, reason, message, expected, seconds] of events) {
    const { component, kind, namespace } = about;
    const place = `${kind}${namespace === undefined ? "" : ` in ${namespace}`}`;
    const age = seconds === undefined ? "" : ` for ${seconds} s`;
    const name = `${reason} of ${component} about a ${place}, "${message.slice(0, 80)}"${age}`;
    Deno.test(`catalogue: ${type} ${name}, is ${expected}`, () => {
      const verdict = verdictOf(eventOf({ ...about, type, reason, message, seconds }));
      const isQuiet = expected === "quiet" && verdict.kind === "ignored";
      assert.equal(isQuiet ? "quiet" : verdict.rule, expected, verdict.rule ?? "no rule");
    });
  }
}

Deno.test("catalogue: each rule's id is there once, well formed and begins with its category", () => {
  assert.equal(new Set(CATALOGUE.map(({ id }) => id)).size, CATALOGUE.length);
  for (const { id, category, explanation, source } of CATALOGUE) {
    assert.match(id, /^[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*)+$/);
    assert.equal(id.split(".")[0], category);
    assert.match(explanation, /^[A-Za-z].*[^.]$/, id);
    assert.match(source ?? "", /^[a-z][\w./@() -]+(: [\w., ]+|:\d+)?$/i, id);
  }
});

Deno.test("catalogue: no rule without a pattern stands in the shadow of another", () => {
  const shadowed = CATALOGUE
    .filter(({ match, reasonPattern, withinMs }) => [match, reasonPattern, withinMs].every((one) => one === undefined))
    .flatMap((rule) => eventsOf(rule).map((event) => ({ rule, event, met: verdictOf(event).rule })))
    .filter(({ rule, met }) => met !== rule.id)
    .map(({ rule, event, met }) => `${rule.id}: ${event.reason} of a ${event.involvedObject.kind} meets ${met}`);
  assert.deepEqual(shadowed, []);
});

/** An event for each reason and kind of the rule, which says nothing else than what the rule asks for. */
function eventsOf({ reason, kinds = ["Thing"], apiGroup, component, eventType, namespaces }: Rule) {
  const apiVersion = apiGroup === undefined ? "" : `${apiGroup.replace("*", "example.")}/v1`;
  const fixed = {
    apiVersion,
    component: component?.replace("*", "x") ?? "test",
    type: eventType ?? "Warning",
    namespace: namespaces?.[0]?.replace("*", "x") ?? "shop",
    message: "x",
  };
  const reasons = typeof reason === "string" ? [reason] : reason ?? [];
  return reasons.flatMap((each) => kinds.map((kind) => eventOf({ ...fixed, kind, reason: each })));
}

Deno.test("catalogue: rules that may fit one event have ranks, so that their order is written down", () => {
  const byReason = new Map<string, Rule[]>();
  for (const rule of CATALOGUE) {
    for (const reason of reasonsOf(rule)) byReason.set(reason, [...byReason.get(reason) ?? [], rule]);
  }
  const unordered = [...byReason.values()].flatMap((rules) =>
    rules.flatMap((rule, index) =>
      rules.slice(index + 1)
        .filter((other) => (rule.rank ?? 0) === (other.rank ?? 0) && mayMeet(rule, other) && differ(rule, other))
        .map((other) => `${rule.id} and ${other.id}`)
    )
  );
  assert.deepEqual(unordered, []);
});

/** Of two rules that ignore, it does not matter which does. */
function differ(a: Rule, b: Rule): boolean {
  return a.report !== false || b.report !== false;
}

/** Whether one event may fit both, by what is exact in them. */
function mayMeet(a: Rule, b: Rule): boolean {
  if (a.kinds !== undefined && b.kinds !== undefined && !a.kinds.some((kind) => b.kinds?.includes(kind))) return false;
  if (a.eventType !== undefined && b.eventType !== undefined && a.eventType !== b.eventType) return false;
  return mayBothFit(a.apiGroup, b.apiGroup) && mayBothFit(a.component, b.component);
}

/** Whether two exact texts, or texts with a star at one end, may fit one. */
function mayBothFit(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  const [x, y] = [a.replace("*", ""), b.replace("*", "")];
  if (a.startsWith("*") || b.startsWith("*")) return x.endsWith(y) || y.endsWith(x);
  return a.endsWith("*") || b.endsWith("*") ? x.startsWith(y) || y.startsWith(x) : a === b;
}

Deno.test("catalogue: every category is a value of the label of agent_events_reported_total", () => {
  const known = new Set<string>(CATEGORIES);
  assert.deepEqual(CATALOGUE.map(({ category }) => category).filter((category) => !known.has(category)), []);
});
