import assert from "node:assert/strict";
import { renderPage } from "./status_page.ts";

const content = {
  status: {
    ready: true,
    version: "1.2.3",
    cluster: { id: "k8s-1", name: "prod", provider: "eks", region: "us-west-2" },
    queues: { event: { size: 3, limit: 1000 }, metrics: { size: 0, limit: 1000 } },
    watches: [{ path: "/api/v1/events", state: "watching", restarts: { stalled: 1 } }],
    drops: {},
    uptime_seconds: 5,
  },
  conditions: [{ name: "nats", ok: true, detail: "connected" }, { name: "watch", ok: false, detail: "no progress" }],
  tables: [{ title: "Last reports", head: ["seen", "severity"], rows: [["12:00", "high"]] }],
  madeAt: "2026-01-01T00:00:00.000Z",
};

Deno.test("page: what the agent is, its conditions with the broken ones first, its queues, the parts' tables, all the rest", () => {
  const page = renderPage(content);
  for (
    const part of [
      "<title>agent prod</title>",
      "not ready",
      "Cluster k8s-1 (eks, us-west-2).",
      '<td>watch</td><td class="bad">not ok</td><td>no progress</td></tr><tr><td>nats</td>',
      "<tr><td>event</td><td>3</td><td>1000</td></tr>",
      '<h2>Last reports</h2><table><tr><th>seen</th><th>severity</th></tr><tr><td>12:00</td><td class="high">high</td>',
      "<td>watching</td><td>{&quot;stalled&quot;:1}</td>",
      "<td>uptime seconds</td><td>5</td>",
    ]
  ) assert.ok(page.includes(part), part);
});

Deno.test("page: an agent that has just started has one too", () => {
  const page = renderPage({ ...content, status: {}, conditions: [], tables: [{ title: "Last", head: [], rows: [] }] });
  assert.match(page, /The cluster is not known yet\./);
  assert.match(page, /<h2>Last<\/h2><p>None yet\.<\/p>/);
});

const HOSTILE = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `'></td></table><h1>x</h1>`,
  `&lt;b&gt;`,
  "</title></style></head>",
];

for (const text of HOSTILE) {
  Deno.test(`page: ${JSON.stringify(text)} is text wherever it stands`, () => {
    const everywhere = renderPage({
      status: {
        [text]: text,
        version: text,
        cluster: { id: text, name: text },
        list: [{ [text]: text }],
        map: { a: { [text]: [text] } },
      },
      conditions: [{ name: text, ok: false, detail: text }],
      tables: [{ title: text, head: [text], rows: [[text, text]] }],
      madeAt: text,
    });
    const plain = renderPage({ ...content, status: {}, conditions: [], tables: [] });
    const tags = (page: string) => new Set(page.match(/<\/?[a-z0-9]+/g));
    const known = new Set([...tags(plain), ...tags(renderPage(content))]);
    assert.deepEqual([...tags(everywhere)].filter((tag) => !known.has(tag)), []);
    assert.ok(!everywhere.includes(text) || !/[<>"']/.test(text));
    assert.equal(everywhere.match(/<h1>/g)?.length, 1);
  });
}

Deno.test("page: control and direction-turning characters are gone, long cells cut, long tables bounded", () => {
  const rows = Array.from(
    { length: 80 },
    (_, index) => [`row${index}`, `a\u202eb\u001b[31mc\u200b${"x".repeat(2_000)}`],
  );
  const page = renderPage({ ...content, tables: [{ title: "t", head: [], rows }] });
  for (const hidden of ["\u202e", "\u001b", "\u200b"]) assert.ok(!page.includes(hidden));
  assert.match(page, /<td>abcx+…<\/td>/);
  assert.ok(page.includes("row49") && !page.includes("row50"));
  assert.match(page, /… and 30 more/);
  assert.ok(page.length < 60_000, String(page.length));
});
