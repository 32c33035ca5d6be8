import { stripVTControlCharacters } from "node:util";
import { displayWidth } from "./display_width.ts";

/** A line in lines of at most `width` columns (`null`: one), broken at blanks; those after the first begin with `indent`. */
export function wrapLine(line: string, width: number | null, indent: string): readonly string[] {
  if (width === null) return [line];
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(" ")) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (current.trim() === "" || displayWidth(stripVTControlCharacters(longer)) <= width) current = longer;
    else {
      lines.push(current);
      current = `${indent}${word}`;
    }
  }
  return [...lines, current];
}
