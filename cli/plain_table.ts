import { stripVTControlCharacters } from "node:util";
import { displayWidth } from "./display_width.ts";

const GAP = "  ";

/**
 * A table without lines: columns only, as kubectl prints them, and no blanks at the end of a line. Cells are single lines;
 * colours take no column. Linear in the number of rows.
 */
export function formatColumns(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) =>
    lines.reduce((widest, cells) => Math.max(widest, widthOf(cells[column] ?? "")), 0)
  );
  const fill = (cell: string, column: number) => cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell)));
  return lines.map((cells) => cells.map(fill).join(GAP).trimEnd()).join("\n");
}

const widthOf = (cell: string) => displayWidth(cell.includes("\u001b") ? stripVTControlCharacters(cell) : cell);
