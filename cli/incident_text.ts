import { formatEventLine } from "./event_line.ts";
import { causeWords, durationWords, type LineOptions, updateLine } from "./incident_line.ts";
import { causesOf, endOf, type IncidentRecord } from "./incident_record.ts";
import { printable } from "./printable.ts";
import { quoteForShell } from "./quote_for_shell.ts";
import { wrapLine } from "./wrap_line.ts";

/** The newest reports that are shown; there may be thousands. */
const REPORTS_SHOWN = 40;
/** Of a piece of evidence. */
const LINES_SHOWN = 40;
/** Of a section's lines. */
const INDENT = "  ";
/** Columns of the names in the header. */
const NAMES = 9;

/** An incident for people: what it is, its causes, what happened when, evidence, and what to ask next. */
export function formatIncident(
  record: IncidentRecord,
  commands: readonly (readonly string[])[],
  options: LineOptions & { readonly width: number | null },
): string {
  const room = options.width === null ? null : options.width - INDENT.length;
  const causes = causesOf(record).flatMap((cause) => wrapLine(printable(causeWords(cause)), room, INDENT));
  const sections = [
    header(record, options.width),
    section("Causes", causes),
    section("Timeline", timeline(record, { ...options, width: room })),
    ...evidence(record),
    section("Next, as the policy allows", commands.map((words) => execLine(record.clusterId, words))),
  ];
  return `${sections.filter((text) => text !== "").join("\n")}\n`;
}

function header(record: IncidentRecord, width: number | null): string {
  const last = record.events.at(-1);
  const end = endOf(record);
  const labels = last?.labels ?? {};
  const about = last === undefined
    ? []
    : [last.namespace, labels.owner_kind ?? labels.kind ?? "", labels.owner_name ?? labels.name ?? ""];
  const opened = last?.incident?.opened_at ?? end?.opened_at ?? "";
  const rows: readonly (readonly [string, string])[] = [
    ["Incident", record.id],
    ["Cluster", record.clusterId],
    ["About", about.filter((part) => part !== "").join("/")],
    ["Family", last?.incident?.family ?? end?.family ?? ""],
    ["Opened", opened],
    ["State", state(record)],
    ["Reports", String(last?.incident?.reports ?? end?.reports ?? record.events.length)],
  ];
  return rows.filter(([, value]) => value !== "")
    .flatMap(([name, value]) => wrapLine(`${name.padEnd(NAMES)} ${printable(value)}`, width, " ".repeat(NAMES + 1)))
    .map((line) => `${line}\n`).join("");
}

function state(record: IncidentRecord): string {
  const end = endOf(record);
  if (end?.kind === "resolved") return `resolved ${end.ended_at} after ${durationWords(end.open_for)}: ${end.proof}`;
  if (end?.kind === "quiet") return `quiet: nothing new since ${end.last_report_at}; that is no proof of an end`;
  return record.openAt === null ? "open, as far as is known" : `open at ${record.openAt}`;
}

function timeline({ events, updates }: IncidentRecord, options: LineOptions): readonly string[] {
  const shown = events.slice(-REPORTS_SHOWN);
  const left = events.length - shown.length;
  const lines = [
    ...shown.map((event) => ({
      at: event.timestamp,
      line: formatEventLine(event, { width: null, ...options, cluster: null }),
    })),
    ...updates.map((update) => ({
      at: update.timestamp,
      line: updateLine(update, { ...options, cluster: null }) ?? "",
    })),
  ].sort((a, b) => a.at < b.at ? -1 : a.at > b.at ? 1 : 0);
  return [...(left > 0 ? [`${left} earlier reports are left out`] : []), ...lines.map(({ line }) => line)];
}

function evidence({ updates }: IncidentRecord): readonly string[] {
  return updates.flatMap((update) => {
    if (update.kind !== "evidence") return [];
    const lines = Object.entries(update.evidence).flatMap(([part, found]) => [
      `${printable(part)}:`,
      ...linesOf(found).map((line) => `  ${printable(line)}`),
    ]);
    const omitted = update.omitted.map(({ part, reason }) => printable(`${part}: not there (${reason})`));
    return [section(`Evidence of ${update.timestamp}`, [...lines, ...omitted])];
  });
}

/** A piece of evidence as lines: texts as they are, anything else as JSON. */
function linesOf(found: unknown): readonly string[] {
  const text = typeof found === "string" ? found : JSON.stringify(found, null, 2);
  const lines = text.split("\n");
  return lines.length <= LINES_SHOWN
    ? lines
    : [...lines.slice(0, LINES_SHOWN), `(${lines.length - LINES_SHOWN} more lines: --output json)`];
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${title}:\n${lines.map((line) => `${INDENT}${line}\n`).join("")}`;
}

function execLine(clusterId: string, words: readonly string[]): string {
  return printable(["agent exec", quoteForShell(clusterId), "--", ...words.map(quoteForShell)].join(" "));
}
