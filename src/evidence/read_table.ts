import { type JsonObject as RawObject, listOf, objectOf, textOf } from "../inventory/json_field.ts";

/** A row of a `Table`, its cells by the names of their columns. */
export interface TableRow {
  readonly name: string;
  /** As kubectl prints it: `3m2s`. */
  readonly age: string;
  readonly ageMs: number;
  readonly cells: Readonly<Record<string, unknown>>;
}

/** The rows of a `Table` (meta.k8s.io/v1); none for anything else. */
export function readTable(table: RawObject): readonly TableRow[] {
  const columns = listOf(table.columnDefinitions).map((column) => textOf(objectOf(column).name));
  return listOf(table.rows).map((row) => {
    const values = listOf(objectOf(row).cells);
    const cells = Object.fromEntries(columns.map((column, index) => [column, values[index]]));
    const age = textOf(cells.Age);
    return { name: textOf(cells.Name), age, ageMs: parseAge(age), cells };
  });
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  y: 365 * 86_400_000,
};

/** Reads what `HumanDuration` (apimachinery pkg/util/duration) writes: `45s`, `3m2s`, `5d3h`; Infinity for other words. */
function parseAge(age: string): number {
  if (!/^(?:\d{1,9}[smhdy]){1,3}$/.test(age)) return Infinity;
  return [...age.matchAll(/(\d+)([smhdy])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNIT_MS[unit ?? ""] ?? 0),
    0,
  );
}
