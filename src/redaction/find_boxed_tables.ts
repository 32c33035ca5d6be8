import type { Redaction } from "./redaction.ts";
import type { Redactor } from "./redactor.ts";
import type { SecretName } from "./secret_name.ts";
import { isSecretValue, JUDGED_LENGTH } from "./secret_value.ts";
import { endOfLine, type Extent } from "./value_extent.ts";

/** What parts the cells of a line, the most telling first. */
const SEPARATORS = ["|", "│", "┃", "\t", ",", ";"] as const;
const BARS = "|│┃";
/** Between headings and rows: `|---|---|`, `----+----`, box characters. */
const RULE = /^[\s|+:=_\u2500-\u257f-]{3,}$/;
const HEADING = /^["'`*]{0,2}[A-Za-z_][\w ./-]{0,63}["'`*]{0,2}$/;
const BARE_HEADING = /^["']?[A-Za-z_][\w.-]{0,63}["']?$/;
/** Loggers write columns without headings. */
const LEVEL = /^(?:trace|debug|info|notice|warn|warning|error|err|fatal|critical)$/i;
/** Longer lines are no rows that people read; their last cell goes up to the line's end. */
const LINE_LIMIT = 4096;

interface Table {
  readonly separator: string;
  readonly width: number;
  readonly columns: readonly { readonly name: SecretName; readonly index: number }[];
  /** Its lines begin and end with a bar, or a rule stands below its headings. */
  readonly framed: boolean;
}

/**
 * The cells of tables whose columns are parted by bars, tabs or commas, as databases, Markdown and CSV have them: those below
 * a heading that says secret, and in two columns those beside a name that does (`| password | … |`).
 */
export function findBoxedTables(text: string, redactor: Redactor): Redaction[] {
  if (!/[|│┃\t]|[A-Za-z_"'][,;][A-Za-z_"' ]/.test(text)) return [];
  const found: Redaction[] = [];
  let table: Table | null = null;
  for (let start = 0; start < text.length;) {
    const end = endOfLine(text, start);
    const line = text.slice(start, Math.min(end, start + LINE_LIMIT));
    const next = end + 1 + (text[end] === "\r" ? 1 : 0);
    if (!RULE.test(line)) {
      const separator: string | undefined = table?.separator ?? SEPARATORS.find((sign) => line.includes(sign));
      const cells: readonly Extent[] = separator === undefined ? [] : cellsOf(line, separator);
      if (separator === undefined || cells.length < 2) table = null;
      else if (table === null || table.width !== cells.length) table = readHeadings(line, cells, separator, next);
      else for (const { name, index } of table.columns) takeCell(line, start, end, cells[index], name, true);
      if (table !== null || separator === "|") takeNeighbor(line, start, end, cells, table);
    }
    start = next;
  }
  return found;

  function readHeadings(line: string, cells: readonly Extent[], separator: string, nextLine: number): Table | null {
    const texts = cells.map((cell) => line.slice(cell.start, cell.end));
    const isBar = BARS.includes(separator);
    const rule = isBar && RULE.test(text.slice(nextLine, Math.min(endOfLine(text, nextLine), nextLine + LINE_LIMIT)));
    const framed = isBar && (rule || line.trimStart().startsWith(separator));
    const heading = framed ? HEADING : BARE_HEADING;
    if (!texts.every((cell) => cell === "" || heading.test(cell)) || texts.some((cell) => LEVEL.test(cell))) {
      return null;
    }
    // "user | password" without a frame is a heading only as `psql -A` writes it.
    const tight = framed || separator === "\t" || !/[^\S\t]/.test(line.trim());
    const columns = tight ? texts.flatMap((cell, index) => columnOf(cell, index)) : [];
    return { separator, width: cells.length, columns, framed };
  }

  function columnOf(cell: string, index: number): Table["columns"] {
    const name = redactor.gradeName(cell.replaceAll(/["'`*]/g, ""));
    return name.grade === "none" || name.grade === "weak" ? [] : [{ name, index }];
  }

  /** In two columns the first may say what the second is. */
  function takeNeighbor(
    line: string,
    start: number,
    end: number,
    cells: readonly Extent[],
    open: Table | null,
  ): void {
    const [first, second] = cells;
    if (cells.length !== 2 || first === undefined || second === undefined) return;
    const label = line.slice(first.start, first.end);
    if (!HEADING.test(label)) return;
    takeCell(line, start, end, second, redactor.gradeName(label.replaceAll(/["'`*]/g, "")), open?.framed === true);
  }

  function takeCell(
    line: string,
    start: number,
    end: number,
    cell: Extent | undefined,
    name: SecretName,
    sure: boolean,
  ): void {
    if (cell === undefined || cell.end === cell.start) return;
    const value = line.slice(cell.start, Math.min(cell.end, cell.start + JUDGED_LENGTH));
    if (isSentence(value) || !isSecretValue(value, name, sure ? "field" : "told")) return;
    const isCut = cell.end === LINE_LIMIT && start + cell.end < end;
    found.push({ rule: "table_column", start: start + cell.start, end: isCut ? end : start + cell.end });
  }
}

/** Tables tell about fields as well: what they are for, or their types. */
function isSentence(cell: string): boolean {
  return /^[A-Z]?[a-z]+ [a-z]+(?: [\w()'-]+)*[.:]?$/.test(cell) ||
    /^(?:var)?char|^(?:text|int|uuid|bytea)\b/i.test(cell);
}

/** What stands between the separators, without white space and quotes around it. A comma in quotes parts nothing. */
function cellsOf(line: string, separator: string): readonly Extent[] {
  const cells: Extent[] = [];
  const quotable = separator === "," || separator === ";";
  let from = 0;
  let quoted = false;
  for (let i = 0; i <= line.length; i++) {
    if (quotable && line[i] === '"') quoted = !quoted;
    if (i < line.length && (quoted || line[i] !== separator)) continue;
    cells.push(trimmed(line, from, i));
    from = i + 1;
  }
  const isFramed = BARS.includes(separator);
  const first = cells[0];
  if (isFramed && first !== undefined && first.start === first.end) cells.shift();
  const last = cells.at(-1);
  if (isFramed && cells.length > 2 && last !== undefined && last.start === last.end) cells.pop();
  return cells;
}

function trimmed(line: string, from: number, to: number): Extent {
  let [start, end] = [from, to];
  while (start < end && /[\s"]/.test(line[start] ?? "")) start++;
  while (end > start && /[\s"]/.test(line[end - 1] ?? "")) end--;
  return { start, end };
}
