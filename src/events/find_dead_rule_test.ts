import assert from "node:assert/strict";
import { CATALOGUE } from "./catalogue/catalogue.ts";
import { compileRules } from "./compile_rules.ts";
import { findDeadRule } from "./find_dead_rule.ts";
import type { ConfiguredRule } from "./rule.ts";

const ROWS: readonly {
  readonly name: string;
  readonly given: readonly ConfiguredRule[];
  readonly want: RegExp | null;
}[] = [
  {
    name: "a rule behind one of the same reason without more conditions",
    given: [
      { id: "a.wide", reason: "SlowDisk", severity: "low" },
      { id: "a.narrow", reason: "SlowDisk", kinds: ["Volume"], match: "900 ms", severity: "high" },
    ],
    want: /^1 id never fits: a\.wide, which is asked before it/,
  },
  {
    name: "a rule behind one for any reason, though that one stands after it",
    given: [
      { id: "a.narrow", reason: "SlowDisk", kinds: ["Volume"], severity: "high" },
      { id: "a.wide", kinds: ["Volume", "Node"], severity: "low" },
    ],
    want: /^0 id never fits: a\.wide/,
  },
  {
    name: "a rule before a wider one is alive",
    given: [
      { id: "a.narrow", reason: "SlowDisk", match: "900 ms", severity: "high" },
      { id: "a.wide", reason: "SlowDisk", severity: "low" },
    ],
    want: null,
  },
  {
    name: "rules of other kinds do not take each other's events",
    given: [
      { id: "a.one", reason: "SlowDisk", kinds: ["Node"], severity: "high" },
      { id: "a.two", reason: "SlowDisk", kinds: ["Node", "Volume"], severity: "low" },
    ],
    want: null,
  },
  ...([
    [
      "a reason with a wildcard for one character",
      { reason: "Slow?isk" },
      /reason fits no event: a reason is compared/,
    ],
    ["a reason with a blank before it", { reason: " SlowDisk" }, /reason fits no event: no reason begins or ends/],
    ["two reasons in one", { reason: "SlowDisk,DeadDisk" }, /reason fits no event: it is one reason/],
    ["a reason with blanks inside is alive", { reason: "Reconcile error (won't retry)" }, null],
    ["a kind as kubectl takes it", { kinds: ["pod"] }, /kinds "pod" fits no event.*write Pod$/],
    ["a kind in the plural", { kinds: ["Node", "Deployments"] }, /kinds "Deployments" .*write Deployment$/],
    ["kinds that nobody knows are alive", { kinds: ["wep", "Endpoints", "Widgets"] }, null],
    ["a namespace with a capital letter", { namespaces: ["Shop"] }, /namespaces "Shop" fits no event: no namespace/],
    ["a namespace with an object", { namespaces: ["shop/web"] }, /namespaces "shop\/web" fits no event/],
    ["namespaces that can be are alive", { namespaces: ["shop", "team-*", "a-b-1", "*"] }, null],
    ["a pattern between slashes", { match: "/failed/i" }, /match is written between slashes/],
    ["a path is alive", { match: "/var/lib/" }, null],
    ["something before the beginning", { match: "a^b" }, /match can't be found in any text: there is something/],
    ["something after the end", { match: "[.]$x" }, /match can't be found in any text: there is something/],
    ["the beginning of a line is alive", { match: "(?m)a\\n^b$" }, null],
    ["anchors at the ends are alive", { match: "^a|b$|(^c|d$)|[^e]|\\^f|\\$g" }, null],
  ] as const).map(([name, given, want]) => ({
    name,
    given: [{ id: "a.b", severity: "low", ...given } as ConfiguredRule],
    want: want === null ? null : new RegExp(`^0 ${want.source}`),
  })),
  {
    name: "an empty alternative at the end",
    given: [{ id: "a.b", reason: "X", match: "timeout|", severity: "low" }],
    want: /^0 match is found in every text \(an empty alternative\?\)/,
  },
  {
    name: "an empty alternative in the middle of a reason's pattern",
    given: [{ id: "a.b", reason_pattern: "Fail||Error", severity: "low" }],
    want: /^0 reason_pattern is found in every text/,
  },
  {
    name: "a class without characters",
    given: [{ id: "a.b", reason: "X", match: "x[]", severity: "low" }],
    want: /^0 match can't be found in any text/,
  },
  {
    name: "a message that is to be empty is alive",
    given: [{ id: "a.b", reason: "X", match: "^$", severity: "low" }],
    want: null,
  },
  {
    name: "a severity beside ignore",
    given: [{ id: "a.b", reason: "X", severity: "high", ignore: true }],
    want: /^0 severity has no effect: leave it out/,
  },
  {
    name: "a severity for a rule that is not reported",
    given: [{ id: "node.cordoned", severity: "high" }],
    want: /^0 severity has no effect: this rule is not reported unless it sets report: true/,
  },
  {
    name: "a severity for one that is reported on demand is alive",
    given: [{ id: "node.cordoned", severity: "high", report: true }],
    want: null,
  },
  {
    name: "report beside ignore",
    given: [{ id: "crash.loop", report: true, ignore: true }],
    want: /^0 report contradicts ignore: true/,
  },
  {
    name: "a reason that is longer than any",
    given: [{ id: "a.b", reason: "X".repeat(129), severity: "low" }],
    want: /^0 reason fits no event: a reason has 128 characters at most/,
  },
  {
    name: "a reason that is meant as a pattern",
    given: [{ id: "a.b", reason: "Reconcile*", severity: "high" }],
    want: /^0 reason fits no event: a reason is compared exactly; write a regular expression as reason_pattern/,
  },
  {
    name: "a reason with a sentence in it is alive",
    given: [{ id: "a.b", reason: "OperatorDegraded: MachineConfigDaemonFailed (1.2)", severity: "high" }],
    want: null,
  },
  {
    name: "a wildcard at the beginning of a component",
    given: [{ id: "a.b", component: "*-controller", severity: "high" }],
    want: /^0 component "\*-controller" fits no event: only a \* at its end is a wildcard/,
  },
  {
    name: "a wildcard at the end of a component is alive",
    given: [{
      id: "a.b",
      component: "longhorn-*",
      namespaces: ["team-*"],
      api_group: "*longhorn.io",
      severity: "high",
    }],
    want: null,
  },
  {
    name: "a wildcard in a namespace",
    given: [{ id: "a.b", namespaces: ["team", "te*am"], severity: "high" }],
    want: /^0 namespaces "te\*am" fits no event/,
  },
  {
    name: "a wildcard at the end of a group",
    given: [{ id: "a.b", api_group: "longhorn*", severity: "high" }],
    want: /^0 api_group "longhorn\*" fits no event: only a \* at its beginning is a wildcard/,
  },
  {
    name: "a kind that is meant as a pattern",
    given: [{ id: "a.b", kinds: ["Volume|Disk"], severity: "high" }],
    want: /^0 kinds "Volume\|Disk" fits no event: a kind is compared exactly/,
  },
  {
    name: "a POSIX class",
    given: [{ id: "a.b", reason: "X", match: "[[:digit:]]+ GiB", severity: "high" }],
    want: /^0 match means something else than it says: POSIX classes such as \[:digit:\]/,
  },
  {
    name: "the ends of a text as RE2 writes them",
    given: [{ id: "a.b", reason_pattern: "\\AFailed", severity: "high" }],
    want: /^0 reason_pattern means something else than it says: \\A, \\z and \\Z/,
  },
  {
    name: "a backslash before a capital is alive",
    given: [{ id: "a.b", reason: "X", match: "C:\\\\Azure", severity: "high" }],
    want: null,
  },
  {
    name: "a class of Unicode",
    given: [{ id: "a.b", reason: "X", match: "\\p{Lu}ailed", severity: "high" }],
    want: /^0 match means something else than it says: classes such as \\p\{L\}/,
  },
];

for (const { name, given, want } of ROWS) {
  Deno.test(`dead rules: ${name}`, () => {
    const compiled = compileRules(given, () => null);
    const problems = compiled.kind === "ok"
      ? []
      : compiled.problems.map(({ index, path, message }) => `${index} ${path} ${message}`);
    assert.equal(problems.length, want === null ? 0 : 1, problems.join("\n"));
    if (want !== null) assert.match(problems[0] ?? "", want);
  });
}

Deno.test("dead rules: none of the catalogue's is one", () => {
  const ordered = [...CATALOGUE].sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
  const asked = [
    ...ordered.filter(({ reason }) => reason !== undefined),
    ...ordered.filter(({ reason }) => reason === undefined),
  ];
  const dead = asked.map((rule, at) => [rule.id, findDeadRule({ id: rule.id }, rule, asked.slice(0, at))] as const);
  assert.deepEqual(dead.filter(([, problem]) => problem !== null), []);
});
