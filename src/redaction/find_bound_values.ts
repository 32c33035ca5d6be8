import type { Redaction } from "./redaction.ts";
import type { Redactor } from "./redactor.ts";
import type { SecretName } from "./secret_name.ts";
import { isSecretValue, JUDGED_LENGTH } from "./secret_value.ts";

/** How a server of PostgreSQL logs what it put in the places of a statement. */
const PARAMETERS = /\bparameters: (?=\$1 = )/gi;
/** One of them. Sticky. */
const BOUND = /\$(?<place>\d{1,3}) = (?:'(?<text>(?:[^'\n]|''){0,4096})'|[^\s,'$]{1,64})(?:, )?/y;
/** How far from the parameters a statement may stand. */
const STATEMENT_LIMIT = 4096;
const COMPARED = /(?<column>[\w.]{1,64})"? {0,4}= {0,4}\$(?<place>\d{1,3})\b/g;
const INSERTED = /\(([\w\s,."]{1,1024})\)\s{0,16}values\s{0,16}\(([\w\s,.$:()]{1,1024})\)/gi;

/** `parameters: $1 = '…', $2 = '…'`, by the columns that the statement before or behind it writes them to. */
export function findBoundValues(text: string, redactor: Redactor): Redaction[] {
  const found: Redaction[] = [];
  let floor = 0;
  for (const match of text.matchAll(PARAMETERS)) {
    if (match.index < floor) continue;
    const values: { readonly place: number; readonly start: number; readonly end: number }[] = [];
    BOUND.lastIndex = match.index + match[0].length;
    let end = BOUND.lastIndex;
    for (let bound = BOUND.exec(text); bound !== null; bound = BOUND.exec(text)) {
      end = BOUND.lastIndex;
      const { place = "", text: value } = bound.groups ?? {};
      const start = bound.index + place.length + 5;
      if (value !== undefined) values.push({ place: Number(place), start, end: start + value.length });
    }
    const before = text.slice(Math.max(floor, match.index - STATEMENT_LIMIT), match.index);
    const behind = text.slice(end, end + STATEMENT_LIMIT).split(/\bparameters: /i, 1)[0] ?? "";
    const names = namesIn(`${before}\0${behind}`, redactor);
    for (const { place, start, end: valueEnd } of values) {
      const name = names.get(place);
      const value = text.slice(start, Math.min(valueEnd, start + JUDGED_LENGTH));
      if (name !== undefined && isSecretValue(value, name, "field")) {
        found.push({ rule: "assignment", start, end: valueEnd });
      }
    }
    floor = end;
  }
  return found;
}

/** The columns that the places of a statement are for. */
function namesIn(statement: string, redactor: Redactor): ReadonlyMap<number, SecretName> {
  const names = new Map<number, SecretName>();
  for (const { groups } of statement.matchAll(COMPARED)) {
    names.set(Number(groups?.["place"]), redactor.gradeName(groups?.["column"] ?? ""));
  }
  for (const [, columns = "", cells = ""] of statement.matchAll(INSERTED)) {
    const places = cells.split(",").map((cell) => Number(/^\s*\$(\d{1,3})/.exec(cell)?.[1]));
    for (const [index, column] of columns.split(",").entries()) {
      const place = places[index];
      if (place !== undefined) names.set(place, redactor.gradeName(column.trim().replaceAll('"', "")));
    }
  }
  return names;
}
