import { PrintFailure } from "./print_failure.ts";

const MIN_WIDTH = 6;
const PADDING = 3;
/** A text may bring tabs of its own, each of which begins a cell. */
const CELL_LIMIT = 1000;

/**
 * Aligns lines whose cells end with tabs, as kubectl's table writer does (Go's tabwriter, padded with blanks, that
 * remembers widths). A column reaches over lines that follow each other and have it; the last cell of a line is in none.
 * Yields one line at a time, with its line end.
 */
export function* alignColumns(lines: readonly string[]): Generator<string> {
  const rows = lines.map((line) => line.split("\t"));
  if (rows.some((row) => row.length > CELL_LIMIT)) throw new PrintFailure("a cell holds too many tabs to align");
  const remembered: number[] = [];
  const widths: number[] = [];

  function* format(from: number, to: number): Generator<string> {
    const column = widths.length;
    let start = from;
    for (let at = from; at < to; at++) {
      if (!hasColumn(rows[at], column)) continue;
      yield* print(start, at);
      start = at;
      let width = MIN_WIDTH;
      while (at < to && hasColumn(rows[at], column)) {
        width = Math.max(width, widthOf(rows[at]?.[column] ?? "") + PADDING);
        at++;
      }
      width = Math.max(width, remembered[column] ?? 0);
      remembered[column] = width;
      widths.push(width);
      yield* format(start, at);
      widths.pop();
      start = at;
    }
    yield* print(start, to);
  }

  function* print(from: number, to: number): Generator<string> {
    for (let at = from; at < to; at++) {
      let line = "";
      for (const [column, cell] of (rows[at] ?? []).entries()) {
        const width = widths[column];
        line += width === undefined ? cell : cell + " ".repeat(Math.max(0, width - widthOf(cell)));
      }
      yield `${line}\n`;
    }
  }

  yield* format(0, rows.length);
}

function hasColumn(row: readonly string[] | undefined, column: number): boolean {
  return row !== undefined && column < row.length - 1;
}

/** Characters as Go counts them. */
function widthOf(text: string): number {
  let width = 0;
  for (const _ of text) width++;
  return width;
}
