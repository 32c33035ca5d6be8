import { Buffer } from "node:buffer";
import type { Redaction } from "./redaction.ts";
import { LONG_RUN } from "./token_pattern.ts";

/** So much is decoded to see whether there is a text at all: 18 characters, which keys and digests never spell. */
const SAMPLE = 24;
/** The beginning of a word of base64. Its end is looked for only where it spells a text. */
const BEGINNING = new RegExp(String.raw`(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/]{${SAMPLE}}`, "g");
const NO_BASE64 = /[^A-Za-z0-9+/]/g;
/** What may end the word: padding, and nothing that makes it a part of another one. Sticky. */
const END = /={0,2}(?![A-Za-z0-9+/=_-])/y;
const UNREADABLE = /[^\t\n\r\x20-\x7e]/;
/** base64 of "-----BEGIN CERTIFICATE": what everybody may read. */
const PUBLIC = /^LS0tLS1CRUdJTiBDRVJU/;

/**
 * Texts in base64 that hold a secret: a configuration, an environment, a Secret in JSON. They go whole, under the rule that
 * `findInside` names first. Each is decoded once.
 */
export function findEncodedTexts(text: string, findInside: (decoded: string) => readonly Redaction[]): Redaction[] {
  const found: Redaction[] = [];
  for (const { 0: sample, index } of text.matchAll(BEGINNING)) {
    if (UNREADABLE.test(decode(sample))) continue;
    const word = wordAt(text, index);
    if (word === null || PUBLIC.test(word) || !word.split(/[+/]/).some(isLongRun)) continue;
    const decoded = decode(word);
    if (UNREADABLE.test(decoded.slice(0, -3))) continue;
    const inside = findInside(decoded)[0];
    if (inside !== undefined) found.push({ rule: inside.rule, start: index, end: index + word.length });
  }
  return found;
}

function wordAt(text: string, start: number): string | null {
  NO_BASE64.lastIndex = start;
  END.lastIndex = NO_BASE64.exec(text)?.index ?? text.length;
  return END.test(text) ? text.slice(start, END.lastIndex) : null;
}

/** What the quick check looks at: others are read as texts. */
const isLongRun = (run: string): boolean => run.length >= LONG_RUN && /\d/.test(run) && /[A-Zg-z]/.test(run);

const decode = (word: string): string => Buffer.from(word, "base64").toString("latin1");
