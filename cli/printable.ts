import { INVISIBLE } from "../src/lifecycle/strip_control.ts";

/** Control, format and unassigned characters, line and paragraph separators, and whatever shows nothing. */
const UNPRINTABLE = new RegExp(String.raw`[\p{C}\p{Zl}\p{Zp}${INVISIBLE}]`, "gu");

/** Text in which nothing steers a terminal or hides: one line, with `\ufffd` for each such character. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, "\ufffd");
}

/**
 * A value as one line of JSON, newline included, in which each such character is escaped: the same value to a program, and
 * harmless to a terminal.
 */
export function jsonLine(value: unknown): string {
  const escaped = JSON.stringify(value).replace(UNPRINTABLE, (character) => {
    const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
  return `${escaped}\n`;
}
