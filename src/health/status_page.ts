import type { Condition } from "../lifecycle/condition.ts";
import type { PageTable } from "../lifecycle/part.ts";
import { Html, html } from "./html.ts";

/** What the page is made of: all of it may hold texts from outside. */
interface PageContent {
  readonly status: Readonly<Record<string, unknown>>;
  readonly conditions: readonly Condition[];
  readonly tables: readonly PageTable[];
  /** When it was made, RFC 3339. */
  readonly madeAt: string;
}

/**
 * Nothing is loaded, run, framed or sent anywhere, whatever a text of the cluster makes of the markup: the second line of
 * defence, after escaping.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

const CELL_LIMIT = 400;
const ROW_LIMIT = 50;
/** Shown in the heading, or said by the conditions. */
const SHOWN_ELSEWHERE = new Set(["ready", "problems", "version", "cluster"]);
const FIRST = ["queues", "nats"];

const STYLE = new Html(
  "body{font:14px/1.45 system-ui,sans-serif;margin:1.5rem auto;max-width:72rem;padding:0 1rem;color:#1f2328;background:#fff}" +
    "h1{font-size:1.4rem;margin:0}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}table{border-collapse:collapse}" +
    "th,td{text-align:left;vertical-align:top;padding:.25rem 1.2rem .25rem 0;border-bottom:1px solid #d8dee4;overflow-wrap:break-word;max-width:22rem}" +
    "td:last-child{overflow-wrap:anywhere;max-width:none}" +
    "th{font-weight:600;color:#59636e}.ok{color:#1a7f37}.bad{color:#cf222e;font-weight:600}.ok,.bad{white-space:nowrap}.quiet{color:#59636e}" +
    ".critical,.high{color:#cf222e}.medium{color:#9a6700}.low{color:#59636e}" +
    "@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}th,.quiet,.low{color:#9198a1}" +
    "th,td{border-color:#3d444d}.ok{color:#3fb950}.bad,.critical,.high{color:#f85149}.medium{color:#d29922}a{color:#4493f8}}",
);

/** One page about one agent, for a browser: without scripts, and without anything from elsewhere. */
export function renderPage({ status, conditions, tables, madeAt }: PageContent): string {
  const cluster = recordOf(status.cluster);
  const name = [cluster?.name, cluster?.id].filter((part) => typeof part === "string").map(String);
  const title = ["agent", ...name.slice(0, 1)].join(" ");
  const ready = conditions.every(({ ok }) => ok);
  const keys = Object.keys(status).filter((key) => !SHOWN_ELSEWHERE.has(key));
  const first = FIRST.filter((key) => keys.includes(key));
  const scalars = keys.filter((key) => !isContainer(status[key]));
  const rest = keys.filter((key) => isContainer(status[key]) && !FIRST.includes(key));
  const page = html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <title>${title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <style>${STYLE}</style>
      </head>
      <body>
    <h1>${title} <span class="${ready ? "ok" : "bad"}">${ready ? "ready" : "not ready"}</span></h1>
    <p class="quiet">Version ${textOf(status.version)}. ${describeCluster(
      cluster,
    )} Made at ${madeAt}; reload for a new one.</p>
    <p><a href="/health/ready">ready</a> · <a href="/health/live">live</a> · <a href="/health/status">status as JSON</a> ·
    <a href="/metrics">metrics</a> <span class="quiet">(docs/operations.md says what each condition means and what to do)</span></p>
    ${section("Conditions", conditionTable(conditions))}
    ${tables.map((table) => section(table.title, table.rows.length === 0 ? html`<p>None yet.</p>` : pageTable(table)))}
    ${first.map((key) => section(titleOf(key), render(status[key])))}
    ${section("This process", pairs(scalars.map((key) => [key, status[key]])))}
    ${cluster === null ? [] : [section("Cluster", render(cluster))]}
    ${rest.map((key) => section(titleOf(key), render(status[key])))}
      </body>
    </html>
  `;
  return page.markup;
}

function describeCluster(cluster: Readonly<Record<string, unknown>> | null): string {
  if (cluster === null) return "The cluster is not known yet.";
  const of = [cluster.provider, cluster.region].filter((part) => typeof part === "string" && part !== "");
  return `Cluster ${textOf(cluster.id)}${of.length === 0 ? "" : ` (${of.map(String).join(", ")})`}.`;
}

function conditionTable(conditions: readonly Condition[]): Html {
  const sorted = [...conditions].sort((a, b) => Number(a.ok) - Number(b.ok));
  return table(
    ["condition", "", "detail"],
    sorted.map(({ name, ok, detail }) => [
      cell(name),
      html`<td class="${ok ? "ok" : "bad"}">${ok ? "ok" : "not ok"}</td>`,
      cell(detail),
    ]),
  );
}

/** A part's own table; the words of severity have their colour. */
function pageTable({ head, rows }: PageTable): Html {
  const severities = new Set(["critical", "high", "medium", "low"]);
  return table(
    head,
    rows.map((row) => row.map((text) => severities.has(text) ? html`<td class="${text}">${text}</td>` : cell(text))),
  );
}

/** Any value of the status: a list or mapping of mappings as a table, another mapping as pairs. */
function render(value: unknown): Html {
  if (Array.isArray(value)) {
    const records = value.map(recordOf).filter((record) => record !== null);
    if (value.length === 0) return html`<p>None.</p>`;
    return records.length < value.length ? html`<p>${textOf(value)}</p>` : recordTable(records, []);
  }
  const record = recordOf(value);
  if (record === null) return html`<p>${textOf(value)}</p>`;
  const entries = Object.entries(record);
  const inner = entries.map(([, one]) => recordOf(one)).filter((one) => one !== null);
  if (inner.length === entries.length && entries.length > 0) return recordTable(inner, entries.map(([key]) => key));
  return pairs(entries);
}

function recordTable(records: readonly Readonly<Record<string, unknown>>[], names: readonly string[]): Html {
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))].slice(0, 12);
  return table(
    [...(names.length === 0 ? [] : [""]), ...columns.map(headingOf)],
    records.map((record, at) => [
      ...(names.length === 0 ? [] : [cell(names[at] ?? "")]),
      ...columns.map((column) => cell(textOf(record[column]))),
    ]),
  );
}

function pairs(entries: readonly (readonly [key: string, value: unknown])[]): Html {
  if (entries.length === 0) return html`<p>None.</p>`;
  return table([], entries.map(([key, value]) => [cell(headingOf(key)), cell(textOf(value))]));
}

function table(head: readonly string[], rows: readonly (readonly Html[])[]): Html {
  const heads = head.length === 0 ? html`` : html`<tr>${head.map((text) => html`<th>${text}</th>`)}</tr>`;
  const more = rows.length - ROW_LIMIT;
  return html`<table>${heads}${rows.slice(0, ROW_LIMIT).map((row) => html`<tr>${row}</tr>`)}</table>${
    more > 0 ? html`<p class="quiet">… and ${String(more)} more: see /health/status.</p>` : html``
  }`;
}

const section = (title: string, body: Html) => html`<h2>${title}</h2>${body}`;
const cell = (text: string) => html`<td>${text.length > CELL_LIMIT ? `${text.slice(0, CELL_LIMIT)}…` : text}</td>`;
const headingOf = (key: string) => key.replaceAll("_", " ");
const titleOf = (key: string) => key === "nats" ? "NATS" : `${key.slice(0, 1).toUpperCase()}${headingOf(key.slice(1))}`;
const isContainer = (value: unknown) => typeof value === "object" && value !== null;

function recordOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "–";
  return isContainer(value) ? JSON.stringify(value) : String(value);
}
