import { Buffer } from "node:buffer";

/** Which fields of an object are wanted: `true` is all that is in one. A list gives the same fields of each element. */
export type FieldTree = { readonly [field: string]: FieldTree | true };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** A string that is longer is searched for its end, where a shorter one is read byte by byte: a search costs as much. */
const LONG_STRING = 48;
/** Up to here bytes are white space, in JSON. */
const SPACE = 0x20;

/**
 * Parses the wanted fields of a JSON object and passes over the rest without making anything of it: of a pod's 4 to
 * 15 kB the counts need 200 bytes, and what is never made can't wait to be collected. Throws a `SyntaxError` where the
 * bytes that it has to understand are no JSON; what is passed over is not looked at closer.
 */
export function parseFields(bytes: Uint8Array, wanted: FieldTree): unknown {
  const end = bytes.length;
  let at = 0;

  function fail(): never {
    throw new SyntaxError(`Unexpected byte at ${at} of ${end}`);
  }

  function skipSpace(): void {
    while (at < end && (bytes[at] ?? 0) <= SPACE) at++;
  }

  function take(byte: number): boolean {
    skipSpace();
    if (bytes[at] !== byte) return false;
    at++;
    return true;
  }

  /** From an opening quote to behind the closing one. */
  function skipString(): void {
    at++;
    let searched = at + LONG_STRING; // up to here the next quote is known, or not worth a search
    while (at < end && bytes[at] !== QUOTE) {
      if (at > searched) {
        const quote = bytes.indexOf(QUOTE, at);
        searched = quote === -1 ? end : quote;
        let plain = searched; // back to before the backslashes that may escape it
        while (plain > at && bytes[plain - 1] === BACKSLASH) plain--;
        if (plain > at) {
          at = plain;
          continue;
        }
      }
      at += bytes[at] === BACKSLASH ? 2 : 1;
    }
    if (at++ >= end) fail();
  }

  function skipValue(): void {
    skipSpace();
    let depth = 0;
    while (at < end) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        skipString();
        if (depth === 0) return;
        continue;
      }
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (depth === 0) return; // behind a number or a word: the bracket is its owner's
        if (--depth === 0) {
          at++;
          return;
        }
      } else if (byte === COMMA && depth === 0) return;
      at++;
    }
    if (depth > 0) fail();
  }

  function text(start: number): string {
    return Buffer.from(bytes.buffer, bytes.byteOffset + start, at - start).toString("utf8");
  }

  function readKey(): string {
    skipSpace();
    if (bytes[at] !== QUOTE) fail();
    const start = at;
    skipString();
    const quoted = text(start);
    return quoted.includes("\\") ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
  }

  function readWhole(): unknown {
    skipSpace();
    const start = at;
    skipValue();
    return JSON.parse(text(start));
  }

  function readValue(tree: FieldTree | true): unknown {
    if (tree === true) return readWhole();
    if (take(OPEN_BRACKET)) return readList(tree);
    if (!take(OPEN_BRACE)) return readWhole();
    const object: Record<string, unknown> = {};
    if (take(CLOSE_BRACE)) return object;
    do {
      const key = readKey();
      if (!take(COLON)) fail();
      const subtree = Object.hasOwn(tree, key) ? tree[key] : undefined;
      if (subtree === undefined) skipValue();
      else object[key] = readValue(subtree);
    } while (take(COMMA));
    if (!take(CLOSE_BRACE)) fail();
    return object;
  }

  function readList(tree: FieldTree): unknown[] {
    const list: unknown[] = [];
    if (take(CLOSE_BRACKET)) return list;
    do list.push(readValue(tree)); while (take(COMMA));
    if (!take(CLOSE_BRACKET)) fail();
    return list;
  }

  const value = readValue(wanted);
  skipSpace();
  if (at < end) fail();
  return value;
}
