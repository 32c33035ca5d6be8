import type { CommandRefusal } from "./decision.ts";
import { type RefusalCode, REFUSALS } from "../wire/refusal_code.ts";

/** A value that passed a check, or why it did not. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: CommandRefusal };

/** The value passed. */
export function pass<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/**
 * The value is refused. `what` says what was found, without a full stop; `remedy` says what to do and is that of the
 * code's own table unless something better is known.
 */
export function refuse(
  code: RefusalCode,
  what: string,
  remedy: string = REFUSALS[code].remedy,
): { readonly ok: false; readonly refusal: CommandRefusal } {
  return { ok: false, refusal: { code, reason: `${what}. ${remedy}` } };
}

const SHOWN_LENGTH = 60;

/**
 * A received text as it may stand in a reason: quoted, short, printable ASCII. What follows a `=` is left out, because
 * it may be a password.
 */
export function quoteReceived(text: string): string {
  const head = text.replace(/=.*$/s, "=…");
  const cut = head.length > SHOWN_LENGTH ? `${head.slice(0, SHOWN_LENGTH)}…` : head;
  const printable = cut.replace(
    /[^\x20-\x7e…]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return `"${printable}"`;
}

/** Joins words as people do: "a", "a or b", "a, b or c". */
export function orList(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
