import type { FoundValue } from "./found_value.ts";
import { PrintFailure } from "./print_failure.ts";

/** What one step may find; more than any output shows. */
const VALUE_LIMIT = 200_000;

/** Adds a value to what a step has found; throws a `PrintFailure` when that is more than a step may find. */
export function addValue(values: FoundValue[], value: FoundValue): void {
  if (values.length >= VALUE_LIMIT) throw new PrintFailure("the expression finds too many values; ask for less");
  values.push(value);
}
