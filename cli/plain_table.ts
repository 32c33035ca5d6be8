import { stripVTControlCharacters } from "node:util";
import { cutEnd, cutMiddle, displayWidth } from "./display_width.ts";

const GAP = "  ";

/** One column of a table. */
export interface Column {
  readonly title: string;
  /** Where a cell is cut if it has to be; absent: never. Cells of such a column have no colours. */
  readonly cut?: "end" | "middle";
  /** A column that may be cut is left at least so wide. Default: 8. */
  readonly least?: number;
  /** On a narrow terminal the lowest goes first; absent: the column stays, whatever the width. */
  readonly worth?: number;
}

const LEAST = 8;

export interface FittedTable {
  readonly text: string;
  /** The titles of the columns that the width had no room for. */
  readonly leftOut: readonly string[];
}

/**
 * A table without lines: columns only, as kubectl prints them, and no blanks at the end of a line. Cells are single lines;
 * colours take no column. With a `width` (`null`: as wide as it is) columns go until the others fit at their least width,
 * those that say nothing first, then those of the least worth; what room is left goes to the cells that would be cut,
 * the narrowest first. Linear in the number of rows.
 */
export function fitTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | null,
): FittedTable {
  const lines = [columns.map(({ title }) => title), ...rows];
  const all = columns.map((column, at) => {
    const needs = lines.reduce((widest, cells) => Math.max(widest, widthOf(cells[at] ?? "")), 0);
    const least = column.cut === undefined
      ? needs
      : Math.min(needs, Math.max(column.least ?? LEAST, column.title.length));
    const isEmpty = rows.every((cells) => cells[at] === "-" || cells[at] === "");
    return { ...column, at, needs, least, rank: (column.worth ?? Infinity) - (isEmpty ? 1_000 : 0) };
  });
  const kept = width === null ? all : dropUntilFit(all, width);
  const widths = width === null ? kept.map(({ needs }) => needs) : shareOut(kept, width);
  const shown = (cell: string, index: number) => {
    const [room, cut] = [widths[index] ?? 0, kept[index]?.cut];
    const fitted = cut === undefined || width === null
      ? cell
      : cut === "end"
      ? cutEnd(cell, room)
      : cutMiddle(cell, room);
    return fitted + " ".repeat(Math.max(0, room - widthOf(fitted)));
  };
  return {
    text: lines.map((cells) => kept.map(({ at }, index) => shown(cells[at] ?? "", index)).join(GAP).trimEnd()).join(
      "\n",
    ),
    leftOut: all.filter((column) => !kept.includes(column)).map(({ title }) => title),
  };
}

/** What a line below the table says of the columns that are left out: "" where all are there. */
export function describeLeftOut({ leftOut }: Pick<FittedTable, "leftOut">): string {
  return leftOut.length === 0 ? "" : `; -o wide shows ${leftOut.join(", ")}`;
}

interface MeasuredColumn {
  readonly needs: number;
  readonly least: number;
  readonly rank: number;
}

const gapsOf = (columns: readonly unknown[]) => GAP.length * Math.max(0, columns.length - 1);

function dropUntilFit<C extends MeasuredColumn>(all: readonly C[], width: number): readonly C[] {
  let kept = all;
  while (kept.reduce((sum, { least }) => sum + least, gapsOf(kept)) > width) {
    const rank = Math.min(...kept.map((column) => column.rank));
    if (rank === Infinity) break; // the terminal is narrower than what has to be said
    const at = kept.findLastIndex((column) => column.rank === rank);
    kept = kept.toSpliced(at, 1);
  }
  return kept;
}

/** Each gets its least width; the rest of the room goes to those that need little more, so that few cells are cut. */
function shareOut(kept: readonly MeasuredColumn[], width: number): readonly number[] {
  const widths = kept.map(({ least }) => least);
  let room = width - gapsOf(kept) - widths.reduce((sum, one) => sum + one, 0);
  const open = kept.map((column, index) => ({ ...column, index })).filter(({ needs, least }) => needs > least)
    .sort((a, b) => (a.needs - a.least) - (b.needs - b.least));
  for (const [done, { needs, least, index }] of open.entries()) {
    const more = Math.max(0, Math.min(needs - least, Math.floor(room / (open.length - done))));
    widths[index] = least + more;
    room -= more;
  }
  return widths;
}

const widthOf = (cell: string) => displayWidth(cell.includes("\u001b") ? stripVTControlCharacters(cell) : cell);
