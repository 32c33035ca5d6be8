import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { CATALOGUE } from "../src/events/catalogue/catalogue.ts";
import type { Rule } from "../src/events/rule.ts";
import { renderCatalogueDocs } from "./render_catalogue_docs.ts";

Deno.test("docs/catalogue.md is up to date (deno task docs:catalogue)", async () => {
  assert.equal(await readFile(new URL("../docs/catalogue.md", import.meta.url), "utf8"), renderCatalogueDocs());
});

Deno.test("the catalogue page has one row for every rule", () => {
  const ids = [...renderCatalogueDocs().matchAll(/^\| `([a-z0-9_.]+)` \|/gm)].map((match) => match[1]);
  assert.deepEqual(ids.toSorted(), CATALOGUE.map(({ id }) => id).toSorted());
});

const RULE: Rule = { id: "a.b", severity: "high", category: "x", explanation: "It broke" };
const ROWS: readonly { name: string; given: Partial<Rule>; want: string }[] = [
  { name: "a reason", given: { reason: "Failed" }, want: "| `a.b` | `Failed` | any | high | It broke |" },
  {
    name: "a pattern with a bar",
    given: { reason: "Failed", match: "a|b", kinds: ["Pod", "Node"] },
    want: "| `a.b` | `Failed`, message `a\\|b` | Pod, Node | high | It broke |",
  },
  {
    name: "type, component and a pattern of reasons",
    given: { eventType: "Normal", component: "kube*", reasonPattern: "^Out" },
    want: "| `a.b` | Normal, `/^Out/`, from `kube*` | any | high | It broke |",
  },
  {
    name: "several reasons and an API group",
    given: { reason: ["Failed", "Broken"], apiGroup: "*.example.com" },
    want: "| `a.b` | `Failed` or `Broken`, of `*.example.com` | any | high | It broke |",
  },
  {
    name: "namespaces and a time",
    given: { reason: "Ok", namespaces: ["kube-system", "openshift-*"], withinMs: 120_000 },
    want: "| `a.b` | `Ok`, in `kube-system` or `openshift-*`, in its first 2m | any | high | It broke |",
  },
  {
    name: "known noise",
    given: { reason: "Ok", report: false },
    want: "| `a.b` | `Ok` | any | known noise | It broke |",
  },
  { name: "a backtick", given: { match: "`x`" }, want: "| `a.b` | message `` `x` `` | any | high | It broke |" },
];

for (const { name, given, want } of ROWS) {
  Deno.test(`the catalogue page shows a rule with ${name}`, () => {
    const lines = renderCatalogueDocs([{ ...RULE, ...given }]).split("\n");
    assert.equal(lines.find((line) => line.startsWith("| `a.b`")), want);
  });
}
