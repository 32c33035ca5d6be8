import { Buffer } from "node:buffer";
import type { Redaction } from "./redaction.ts";
import { LONG_RUN } from "./token_pattern.ts";

/** A word of base64 that is long enough to hold a name and a secret. */
const WORD = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/]{24,1048576}={0,2}(?![A-Za-z0-9+/=_-])/g;
/** So much is decoded to see whether there is a text at all: 18 characters, which keys and digests never spell. */
const SAMPLE = 24;
const READABLE = /^[\t\n\r\x20-\x7e]*$/;
/** base64 of "-----BEGIN CERTIFICATE": what everybody may read. */
const PUBLIC = /^LS0tLS1CRUdJTiBDRVJU/;

/**
 * Texts in base64 that hold a secret: a configuration, an environment, a Secret in JSON. They go whole, under the rule that
 * `findInside` names first. Each is decoded once.
 */
export function findEncodedTexts(text: string, findInside: (decoded: string) => readonly Redaction[]): Redaction[] {
  const found: Redaction[] = [];
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (PUBLIC.test(word) || !word.split(/[+/]/).some(isLongRun) || !READABLE.test(decode(word.slice(0, SAMPLE)))) {
      continue;
    }
    const decoded = decode(word);
    if (!READABLE.test(decoded.slice(0, -3))) continue;
    const inside = findInside(decoded)[0];
    if (inside !== undefined) found.push({ rule: inside.rule, start: index, end: index + word.length });
  }
  return found;
}

/** What the quick check looks at: others are read as texts. */
const isLongRun = (run: string): boolean => run.length >= LONG_RUN && /\d/.test(run) && /[A-Zg-z]/.test(run);

const decode = (word: string): string => Buffer.from(word, "base64").toString("latin1");
