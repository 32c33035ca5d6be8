import type { Redaction } from "./redaction.ts";
import type { Redactor } from "./redactor.ts";
import type { SecretName } from "./secret_name.ts";
import { isSecretValue, JUDGED_LENGTH } from "./secret_value.ts";
import { endOfLine } from "./value_extent.ts";
import { SEPARATOR_LINE } from "./view_builder.ts";

/** A line of headings as kubectl prints it: words in capitals, at least two spaces apart. */
const HEADINGS = /^[ \t]{0,32}[A-Z][A-Z0-9 _().:/-]{1,1024}$/;

interface Column {
  readonly name: SecretName;
  readonly start: number;
  readonly end: number;
}

/** What other programs draw below headings, which then are in any case. */
const UNDERLINE = /^[ \t]{0,32}[-=]{2,}(?: {1,256}[-=]{2,}){1,64} *$/;

/** The cells below a heading that says secret (`-o custom-columns=NAME:…,PASSWORD:…`), up to an empty line. */
export function findTableColumns(text: string, redactor: Redactor): Redaction[] {
  const found: Redaction[] = [];
  let columns: readonly Column[] = [];
  let lineBefore = "";
  let indent = 0;
  for (let start = 0; start < text.length;) {
    const end = endOfLine(text, start);
    const line = text.slice(start, Math.min(end, start + 4096));
    const depth = line.search(/\S|$/);
    // A lone PASS is what runners of tests print.
    if (HEADINGS.test(line) && line.trim() !== "PASS" && (/\S {2,}\S/.test(line) || !line.trim().includes(" "))) {
      columns = readColumns(line, redactor);
      indent = depth;
    } else if (UNDERLINE.test(line)) {
      columns = readColumns(lineBefore, redactor);
      indent = depth;
    } else if (depth !== indent || depth === line.length || line.startsWith(SEPARATOR_LINE)) columns = [];
    lineBefore = line;
    for (const column of columns) {
      if (column.start >= line.length || (column.start > 0 && line[column.start - 1] !== " ")) continue;
      const cell = line.slice(column.start, column.end);
      const from = start + column.start + cell.search(/\S|$/);
      const to = from + cell.trim().length;
      if (
        to > from && isSecretValue(text.slice(from, Math.min(to, from + JUDGED_LENGTH)), column.name, "field") &&
        !isHeading(cell)
      ) {
        found.push({ rule: "table_column", start: from, end: column.end >= line.length ? Math.max(to, end) : to });
      }
    }
    start = end + 1 + (text[end] === "\r" ? 1 : 0);
  }
  return found;

  function isHeading(cell: string): boolean {
    return redactor.gradeName(cell.trim()).grade !== "none" && HEADINGS.test(cell.trim());
  }
}

function readColumns(line: string, redactor: Redactor): readonly Column[] {
  const headings = [...line.matchAll(/\S+(?: \S+)*/g)];
  return headings.flatMap((heading, index) => {
    const name = redactor.gradeName(heading[0]);
    // A heading says what a column is about; the names of objects stay.
    const graded: SecretName = name.grade === "strong" && (name.topic === "other" || name.topic === "login")
      ? { ...name, grade: "medium" }
      : name;
    if (graded.grade === "none") return [];
    return [{ name: graded, start: heading.index, end: headings[index + 1]?.index ?? Infinity }];
  });
}
