import { appendFile, readFile } from "node:fs/promises";
import process from "node:process";

/** A column of a table at the end of a suite. */
export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string | number;
  /** Words stand at the left of their column, numbers at the right. */
  readonly words?: boolean;
}

/** Adds a row to the file that the variable names; unset, the row only goes to standard error. */
export async function recordRow(variable: string, row: unknown): Promise<void> {
  const file = process.env[variable];
  const line = JSON.stringify(row) + "\n";
  if (file === undefined) process.stderr.write(line);
  else await appendFile(file, line);
}

/** The rows that the tests of this run recorded; none where there is no file. */
export async function readRows<T>(file: string): Promise<readonly T[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** One table over all rows, and the same as one line of JSON. */
export function renderReport<T>(name: string, columns: readonly Column<T>[], rows: readonly T[]): string {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ value }) => `${value(row)}`))];
  const widths = columns.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) =>
    line.map((cell, column) => {
      const width = widths[column] ?? 0;
      return columns[column]?.words === true ? cell.padEnd(width) : cell.padStart(width);
    }).join("  ").trimEnd()
  );
  return `${lines.join("\n")}\n\n${JSON.stringify({ [name]: rows })}\n`;
}
