import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { splitReport } from "../../src/report/split_report.ts";
import type { MetricsReport } from "../../src/wire/metrics_report.ts";
import { runTool } from "../../sandbox/run_tool.ts";

const PAGE = new URL("../../docs/metrics-collection.md", import.meta.url);

/** What stands around the page's reader: messages from standard input, a report a line on standard output. */
const AROUND = {
  before: "import functools, json, sys\nfrom types import SimpleNamespace\n",
  after: `
        print(json.dumps(report))
for line in sys.stdin:
    message = json.loads(line)
    on_message(SimpleNamespace(data=message["body"], headers=message["headers"]))
`,
};

function reportOf(timestamp: string): MetricsReport {
  const names = Array.from({ length: 40 }, (_, index) => `team-${index}`);
  const namespace = { labels: { tier: "gold" }, annotations: {}, resources: { pods: 1, services: 0 } };
  return {
    cluster_id: "c",
    timestamp,
    data: {
      pods: {
        total: 40,
        by_phase: { Running: 40 },
        by_namespace: Object.fromEntries(names.map((name) => [name, 1])),
        total_restarts: 0,
      },
      namespaces: Object.fromEntries(names.map((name) => [name, { name, ...namespace }])),
    },
    errors: { nodes: "Cannot list nodes: 403 Forbidden" },
  };
}

const hasPython = await runTool("python3", ["--version"]).then(({ code }) => code === 0, () => false);

Deno.test({
  name: "metrics reader: the one in the docs puts reports together, whole and split, mixed and out of order",
  ignore: !hasPython,
  async fn() {
    const [, reader] = /```python\n([\s\S]*?)```/.exec(await readFile(PAGE, "utf8")) ?? [];
    assert.ok(reader !== undefined);
    const reports = ["2026-11-23T10:00:00.000Z", "2026-11-23T10:01:00.000Z"].map(reportOf);
    const whole = { ...reportOf("2026-11-23T10:02:00.000Z"), data: {} };
    const messages = reports.flatMap((report) => {
      const parts = splitReport(report, 1_500);
      assert.ok(parts.length > 2);
      return parts.map((part, index) => ({
        body: JSON.stringify(part),
        headers: { "Agent-Part": `${index + 1}/${parts.length}` },
      }));
    }).reverse();
    messages.splice(1, 0, { body: JSON.stringify(whole), headers: { "Agent-Part": "1/1" } });
    const lines = messages.map((message) => JSON.stringify(message)).join("\n");
    const run = await runTool("python3", ["-c", AROUND.before + reader.trimEnd() + AROUND.after], { stdin: lines });
    assert.equal(run.code, 0, run.stderr);
    const read = run.stdout.trim().split("\n").map((line): unknown => JSON.parse(line));
    assert.deepEqual(read, [whole, reports[1], reports[0]]);
  },
});
