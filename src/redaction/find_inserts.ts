import type { Redaction } from "./redaction.ts";
import type { Redactor } from "./redactor.ts";
import type { SecretName } from "./secret_name.ts";
import { isSecretValue, JUDGED_LENGTH } from "./secret_value.ts";

/** The columns of a row that is written: `INSERT INTO users (name, password) VALUES`. */
const INSERT =
  /\b(?:insert|replace)\s{1,8}into\s{1,8}[\w."`[\]]{1,128}\s{0,8}\((?<columns>[\w\s,."`[\]]{1,1024})\)\s{0,16}values\s{0,16}(?=\()/gi;
/** One value of a row and what ends it. Sticky. */
const CELL =
  /\s{0,64}(?:[NE]?'(?<text>(?:[^'\\\n]|''|\\.){0,4096})'|[^',()\n]{0,256}(?:\([^()\n]{0,256}\))?)\s{0,64}(?<end>[,)])/y;
const NEXT_ROW = /\s{0,64},\s{0,64}\(/y;

/** The values of an SQL statement whose columns say secret. */
export function findInserts(text: string, redactor: Redactor): Redaction[] {
  const found: Redaction[] = [];
  for (const match of text.matchAll(INSERT)) {
    const names = (match.groups?.["columns"] ?? "").split(",").map((column) => redactor.gradeName(column.trim()));
    if (names.every(({ grade }) => grade === "none")) continue;
    let at: number | null = match.index + match[0].length + 1;
    while (at !== null) {
      const end: number | null = readRow(text, at, names, found);
      NEXT_ROW.lastIndex = end ?? text.length;
      at = NEXT_ROW.test(text) ? NEXT_ROW.lastIndex : null;
    }
  }
  return found;
}

/** Reads one row; returns the place behind its bracket, `null` where it can't be read. */
function readRow(text: string, from: number, names: readonly SecretName[], found: Redaction[]): number | null {
  let at = from;
  for (let column = 0; column < 256; column++) {
    CELL.lastIndex = at;
    const cell = CELL.exec(text);
    if (cell === null) return null;
    const { text: value, end } = cell.groups ?? {};
    const name = names[column];
    if (value !== undefined && name !== undefined && isSecretValue(value.slice(0, JUDGED_LENGTH), name, "field")) {
      const start = text.indexOf("'", at) + 1;
      found.push({ rule: "assignment", start, end: start + value.length });
    }
    at = CELL.lastIndex;
    if (end === ")") return at;
  }
  return null;
}
