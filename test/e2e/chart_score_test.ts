import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { parse } from "yaml";
import { CHART_CASES, type ChartCase, findHelm, renderChart } from "../support/helm_chart.ts";
import { findKubeScore, type ScoreFinding, scoreObjects } from "../support/kube_score.ts";
import { readMarkdownPage } from "../support/markdown_page.ts";
import { MANIFESTS_FOLDER } from "../support/shipped_manifests.ts";

/** What kube-score asks for and is not done, with the reason. `only`: for these cases alone. */
const IGNORED: readonly { readonly check: string; readonly only?: readonly string[]; readonly reason: string }[] = [
  {
    check: "container-image-pull-policy",
    reason:
      "tags are versions and never move, so a pod that restarts while the registry is away starts all the same; " +
      "a cluster that must check pull secrets sets image.pullPolicy",
  },
  {
    check: "deployment-replicas",
    reason: "one agent a cluster is the design: a second one reports everything again. With replicas: 2 one leads",
  },
  {
    check: "deployment-strategy",
    reason: "with one replica, the old agent writes its checkpoint before the new one reads it (Recreate)",
  },
  {
    check: "container-security-context-user-group-id",
    only: ["everything"],
    reason: "its values leave the ids to the platform, as OpenShift wants it",
  },
  {
    check: "pod-networkpolicy",
    only: ["commands-off"],
    reason: "its values switch the NetworkPolicy off",
  },
  { check: "service-type", only: ["extensions"], reason: "its values ask for a NodePort" },
];

const helm = await findHelm({ build: true });
const kubeScore = helm === null ? null : await findKubeScore();
const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name: `kube-score: ${name}`, ignore: kubeScore === null, fn });

const isIgnored = (name: string, { check }: ScoreFinding) =>
  IGNORED.some((rule) => rule.check === check && (rule.only?.includes(name) ?? true));

const findings = new Map<string, readonly ScoreFinding[]>();
async function score(name: string, given: ChartCase): Promise<readonly ScoreFinding[]> {
  const found = await scoreObjects(kubeScore ?? "", await renderChart(helm ?? "", given));
  findings.set(name, found);
  return found.filter((finding) => !isIgnored(name, finding));
}

for (const [name, given] of Object.entries(CHART_CASES)) {
  test(`finds nothing in the chart (${name}) but what is ignored with a reason`, async () => {
    assert.deepEqual(await score(name, given), []);
  });
}

test("every ignored check is still found, so that none is ignored for nothing", () => {
  const idle = IGNORED.filter(({ check, only }) =>
    (only ?? ["default"]).some((name) => !findings.get(name)?.some((finding) => finding.check === check))
  );
  assert.deepEqual(idle, []);
  return Promise.resolve();
});

test("finds nothing in the values that the documentation shows", async () => {
  const page = readMarkdownPage(await readFile(new URL("../../docs/tasks.md", import.meta.url), "utf8"));
  const shown = page.blocks.filter(({ mark }) => mark.startsWith("chart values"));
  assert.ok(shown.length >= 8, "the marked blocks were not found");
  for (const { text } of shown) {
    const values: unknown = parse(text, { version: "1.1" });
    assert.deepEqual(await score(text, { values }), [], text);
  }
});

test("finds nothing in deploy/manifests", async () => {
  const files = (await readdir(MANIFESTS_FOLDER)).filter((name) => /^\d.*\.yaml$/.test(name));
  const texts = await Promise.all(files.map((name) => readFile(`${MANIFESTS_FOLDER}${name}`, "utf8")));
  const found = await scoreObjects(kubeScore ?? "", texts.join("\n---\n"));
  assert.deepEqual(found.filter((finding) => !isIgnored("manifests", finding)), []);
});

test("finds a container without limits", async () => {
  const found = await score("no limits", { values: { resources: { limits: null, requests: null } } });
  assert.ok(found.some(({ check }) => check === "container-resources"), JSON.stringify(found));
});
