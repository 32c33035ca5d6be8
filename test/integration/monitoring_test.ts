import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { parse, stringify } from "yaml";
import * as z from "zod";
import { GAP_REASONS } from "../../src/wire/gap_reason.ts";
import { createTelemetry } from "../../src/telemetry/telemetry.ts";
import { findTool, ToolMissingError } from "../../sandbox/find_tool.ts";
import { readMarkdownPage } from "../support/markdown_page.ts";
import { runTool } from "../../sandbox/run_tool.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";

const DEPLOY = new URL("../../deploy/", import.meta.url).pathname;
const ALERTS = `${DEPLOY}prometheus/alerts.yaml`;
const ALERT_TESTS = `${DEPLOY}prometheus/alerts_test.yaml`;

async function findPromtool(): Promise<string | null> {
  try {
    return await findTool("promtool");
  } catch (error) {
    if (!(error instanceof ToolMissingError)) throw error;
    process.stderr.write(`SKIPPED: the alert rules and queries by promtool; ${error.message}\n`);
    return null;
  }
}
const promtool = await findPromtool();
const run = (...args: string[]) => runTool(promtool ?? "promtool", args);

const alertSchema = z.object({
  alert: z.string(),
  expr: z.string(),
  labels: z.object({ severity: z.enum(["critical", "warning", "info"]) }),
  annotations: z.strictObject({ summary: z.string(), description: z.string(), runbook_url: z.string() }),
});
const alertsSchema = z.object({ groups: z.array(z.object({ rules: z.array(alertSchema) })) });
const dashboardSchema = z.object({
  panels: z.array(z.object({
    title: z.string(),
    type: z.string(),
    gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
    targets: z.array(z.object({ expr: z.string() })).default([]),
  })),
});

const { declarations } = createTelemetry();

const alerts = alertsSchema.parse(parse(await readFile(ALERTS, "utf8"))).groups.flatMap(({ rules }) => rules);
const { panels } = dashboardSchema.parse(JSON.parse(await readFile(`${DEPLOY}grafana/agent.json`, "utf8")));
const dashboardQueries = panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: title, expr })));
const queries = [...alerts.map(({ alert, expr }) => ({ where: alert, expr })), ...dashboardQueries];

/** Every name that a scrape shows, with its labels: a histogram is three. */
function readScrapedSeries(): ReadonlyMap<string, readonly string[]> {
  return new Map(
    declarations.flatMap((declaration): (readonly [string, readonly string[]])[] => {
      const { name, type } = declaration;
      const labels = Object.keys(declaration.labels);
      return type === "histogram"
        ? [[`${name}_bucket`, [...labels, "le"]], [`${name}_sum`, labels], [`${name}_count`, labels]]
        : [[name, labels]];
    }),
  );
}

/** What a query names that the agent does not have: series, and labels that it selects by. */
function findStrangers(expr: string, known = readScrapedSeries()): string[] {
  return [...expr.matchAll(/\b((?:agent|process)_\w+)(?:\{([^}]*)\})?/g)].flatMap(([, name = "", matchers = ""]) => {
    const labels = known.get(name);
    if (labels === undefined) return [name];
    const asked = [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = ""]) => label);
    return asked.filter((label) => label !== "cluster_id" && !labels.includes(label)).map((label) =>
      `${name}{${label}}`
    );
  });
}

/** Labels that a query groups or prints by and none of its series has. */
function findStrangeGroups(expr: string): string[] {
  const known = readScrapedSeries();
  const names = [...expr.matchAll(/\b((?:agent|process)_\w+)/g)].flatMap(([, name = ""]) => known.get(name) ?? []);
  const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = ""]) =>
    list.split(",").map((l) => l.trim())
  );
  return grouped.filter((label) => label !== "cluster_id" && !names.includes(label));
}

Deno.test("monitoring: every series and label that dashboard and alerts name is the agent's", () => {
  assert.ok(alerts.length > 10 && dashboardQueries.length > 35);
  const strange = queries.flatMap(({ where, expr }) =>
    [...findStrangers(expr), ...findStrangeGroups(expr)].map((what) => `${where}: ${what}`)
  );
  assert.deepEqual(strange, []);
});

Deno.test("monitoring: a series, a label and a group that do not exist would be found", () => {
  assert.deepEqual(findStrangers("rate(agent_nothing_total[5m])"), ["agent_nothing_total"]);
  assert.deepEqual(findStrangers('agent_events_seen_total{cluster_id="c",kind="x"}'), [
    "agent_events_seen_total{kind}",
  ]);
  assert.deepEqual(findStrangeGroups("sum by (cluster_id, kind) (agent_events_seen_total)"), ["kind"]);
});

Deno.test("monitoring: the dashboard shows every series", () => {
  const shown = dashboardQueries.map(({ expr }) => expr).join("\n");
  assert.deepEqual(declarations.map(({ name }) => name).filter((name) => !shown.includes(name)), []);
});

Deno.test("monitoring: no panel lies over another", () => {
  const overlaps = panels.flatMap((a, index) =>
    panels.slice(index + 1).filter((b) =>
      a.gridPos.x < b.gridPos.x + b.gridPos.w && b.gridPos.x < a.gridPos.x + a.gridPos.w &&
      a.gridPos.y < b.gridPos.y + b.gridPos.h && b.gridPos.y < a.gridPos.y + a.gridPos.h
    ).map((b) => `${a.title} and ${b.title}`)
  );
  assert.deepEqual(overlaps, []);
  assert.deepEqual(panels.filter(({ gridPos }) => gridPos.x + gridPos.w > 24).map(({ title }) => title), []);
});

Deno.test("monitoring: every alert has its own section in the runbooks, and every section its alert", async () => {
  const { anchors } = readMarkdownPage(await readFile(new URL("../../docs/runbooks.md", import.meta.url), "utf8"));
  for (const { alert, annotations } of alerts) {
    assert.equal(annotations.runbook_url, `docs/runbooks.md#${alert.toLowerCase()}`);
  }
  assert.deepEqual(
    [...anchors].filter((anchor) => anchor !== "runbooks"),
    alerts.map(({ alert }) => alert.toLowerCase()),
  );
});

Deno.test("monitoring: the runbooks explain every reason of a gap", async () => {
  const { spans } = readMarkdownPage(await readFile(new URL("../../docs/runbooks.md", import.meta.url), "utf8"));
  assert.deepEqual(Object.keys(GAP_REASONS).filter((reason) => !spans.includes(reason)), []);
});

Deno.test("monitoring: operations.md lists every alert under its severity", async () => {
  const page = await readFile(new URL("../../docs/operations.md", import.meta.url), "utf8");
  for (const { alert, labels } of alerts) {
    assert.match(page, new RegExp(`^\\| ${labels.severity} .*\`${alert}\``, "m"));
  }
});

Deno.test("monitoring: every alert is seen firing by a test of its own", async () => {
  const text = await readFile(ALERT_TESTS, "utf8");
  assert.deepEqual(alerts.map(({ alert }) => alert).filter((alert) => !text.includes(`alertname="${alert}"`)), []);
});

Deno.test({
  name: "monitoring: promtool accepts the alert rules, and their tests pass",
  ignore: promtool === null,
  async fn() {
    const checked = await run("check", "rules", ALERTS);
    assert.equal(checked.code, 0, checked.stdout + checked.stderr);
    assert.match(checked.stdout, new RegExp(`${alerts.length} rules found`));
    const tested = await run("test", "rules", ALERT_TESTS);
    assert.equal(tested.code, 0, tested.stdout + tested.stderr);
    assert.match(tested.stdout, /SUCCESS/);
  },
});

Deno.test({
  name: "monitoring: promtool finds a rule that has become wrong",
  ignore: promtool === null,
  async fn() {
    await using folder = await createTempDir("alerts");
    const text = await readFile(ALERTS, "utf8");
    await writeFile(folder.file("alerts.yaml"), text.replace("agent_connected == 0", "agent_connected == 2"));
    await writeFile(folder.file("alerts_test.yaml"), await readFile(ALERT_TESTS, "utf8"));
    const tested = await run("test", "rules", folder.file("alerts_test.yaml"));
    assert.notEqual(tested.code, 0);
    assert.match(tested.stdout + tested.stderr, /AgentNatsAway/);
  },
});

Deno.test({
  name: "monitoring: promtool can read every query of the dashboard",
  ignore: promtool === null,
  async fn() {
    await using folder = await createTempDir("dashboard");
    const rules = dashboardQueries.map(({ expr }, index) => ({
      record: `panel_${index}`,
      expr: expr.replaceAll("$__rate_interval", "5m").replaceAll("$cluster_id", ".*"),
    }));
    await writeFile(folder.file("rules.yaml"), stringify({ groups: [{ name: "dashboard", rules }] }));
    const checked = await run("check", "rules", folder.file("rules.yaml"));
    assert.equal(checked.code, 0, checked.stdout + checked.stderr);
  },
});
