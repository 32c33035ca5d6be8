import { errorMessage } from "../lifecycle/errors.ts";

export type SplitJson = { readonly values: readonly unknown[] } | { readonly problem: string };

/**
 * Parses one JSON value or several after each other (one a line, or pretty-printed and just concatenated, as several
 * kubectl calls into one file give). The problem names the line where the value that can't be read begins.
 */
export function splitJson(text: string): SplitJson {
  const body = text.replace(/^\ufeff/, "");
  if (body.trim() === "") return { problem: "it is empty" };
  const values: unknown[] = [];
  let at = 0;
  while (true) {
    const start = skipBlanks(body, at);
    if (start === body.length) return { values };
    const end = endOfValue(body, start);
    try {
      values.push(JSON.parse(body.slice(start, end)));
    } catch (error) {
      const line = body.slice(0, start).split("\n").length;
      const what = errorMessage(error).replace(/\s+/g, " ").slice(0, 160);
      return { problem: `the JSON that begins on line ${line} is not valid (${what})` };
    }
    at = end;
  }
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\r\n".includes(text.charAt(at))) at++;
  return at;
}

/** Where the object or array that begins at `start` closes; for anything else the end of the text. */
function endOfValue(text: string, start: number): number {
  const marks = /["{}[\]]/g;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === '"') marks.lastIndex = endOfString(text, mark.index);
    else depth += mark[0] === "{" || mark[0] === "[" ? 1 : -1;
    if (depth <= 0) return marks.lastIndex;
  }
  return text.length;
}

/** The place after the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === 0x5c) at++;
    else if (character === 0x22) return at + 1;
  }
  return text.length;
}
