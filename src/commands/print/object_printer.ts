import type { JsonValue } from "../../redaction/redact_value.ts";

/** In the place of an envelope: the answer was cut, and what had come of it is all there is. */
export const CUT = Symbol("cut answer");

/** Prints decoded objects. Every method throws a `PrintFailure` where the result can't be printed. */
export interface ObjectPrinter {
  /** Whether `finish` needs the items again, in their list. */
  readonly keepsItems: boolean;
  /** One item of a list, in order. */
  takeItem(item: JsonValue): void;
  /** The list around the items (without them unless `keepsItems`), or the one object that was asked for. */
  finish(envelope: JsonValue | typeof CUT): void;
}
