import assert from "node:assert/strict";
import { viewCluster } from "./cluster_view.ts";
import { findCluster } from "./name_cluster.ts";
import { matchesGlob, parseSelector } from "./selector.ts";

const base = viewCluster({ id: "prod-eu-1", register: null, beat: null, earlier: [] }, 0);
const cluster = { ...base, name: "shop", provider: "eks", region: "eu-west-1", labels: { env: "prod" } };

const SELECTORS: readonly { text: string; want: boolean | RegExp }[] = [
  { text: "id=prod-eu-1", want: true },
  { text: "id=prod-*", want: true },
  { text: "id=prod-?u-1", want: true },
  { text: "id=prod", want: false },
  { text: "provider=eks,region=eu-*", want: true },
  { text: "provider=eks, region=us-*", want: false },
  { text: "env=prod", want: true },
  { text: "env==prod", want: true },
  { text: "env!=prod", want: false },
  { text: "team!=shop", want: true },
  { text: "team=shop", want: false },
  { text: "provider in (aks,eks)", want: true },
  { text: "provider in (aks, gke)", want: false },
  { text: "state in (lost),env=prod", want: true },
  { text: "env", want: /"env" is none of key=glob/ },
  { text: "", want: /none of key=glob/ },
  { text: "env=prod,", want: /none of key=glob/ },
  { text: "env in (a", want: /none of key=glob/ },
  { text: "a=b".padEnd(5_000, "x"), want: /longer than 4096/ },
];

for (const { text, want } of SELECTORS) {
  Deno.test(`selector: "${text.slice(0, 40)}" ${typeof want === "boolean" ? want : "is refused"}`, () => {
    const parsed = parseSelector(text);
    if (typeof want === "boolean") assert.equal(parsed.kind === "ok" && parsed.selects(cluster), want);
    else assert.match(parsed.kind === "invalid" ? parsed.message : "", want);
  });
}

Deno.test("selector: many stars take no exponential time", () => {
  assert.equal(matchesGlob("*a".repeat(100) + "b", "a".repeat(5_000)), false);
});

const FLEET = [{ id: "k8s-1a", name: "shop" }, { id: "k8s-1b", name: "web" }, { id: "shop-2", name: null }];
const NAMES: readonly { text: string; want: string }[] = [
  { text: "k8s-1a", want: "k8s-1a" },
  { text: "shop", want: "k8s-1a" },
  { text: "we", want: "k8s-1b" },
  { text: "k8s-1", want: "k8s-1a k8s-1b" },
  { text: "shop-", want: "shop-2" },
  { text: "x", want: "" },
];

for (const { text, want } of NAMES) {
  Deno.test(`cluster name: "${text}" means ${want === "" ? "none" : want}`, () => {
    const found = findCluster(text, FLEET);
    const ids = found.kind === "found" ? [found.id] : found.kind === "several" ? found.ids : [];
    assert.equal(ids.join(" "), want);
  });
}
