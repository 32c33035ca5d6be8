import { textOf } from "../inventory/json_field.ts";

/** A message of the API: longer ones repeat themselves. */
const MESSAGE_LENGTH = 1_024;

/** `value` as text of at most `limit` signs, the middle left out of a longer one; `undefined` where there is none. */
export function clipText(value: unknown, limit: number = MESSAGE_LENGTH): string | undefined {
  const text = textOf(value);
  if (text === "") return undefined;
  if (text.length <= limit) return text;
  const gap = ` [… ${text.length - limit} left out …] `;
  const head = Math.ceil(limit / 2);
  return text.slice(0, head).replace(LONE_HIGH, "") + gap +
    text.slice(text.length - (limit - head)).replace(LONE_LOW, "");
}

/** Half of a pair, where a text was cut. */
const LONE_HIGH = /[\ud800-\udbff]$/;
const LONE_LOW = /^[\udc00-\udfff]/;

/** A text, number or switch as it is written; "" for anything else. */
export function plainText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}
