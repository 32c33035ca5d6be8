import { isKeyRest } from "./find_key_lines.ts";
import type { Redaction } from "./redaction.ts";

const BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
/** The private part of a key as PuTTY writes it. */
const PUTTY = /\bPrivate-Lines: ?\d{1,4}\r?\n[ \t]{0,64}(?=[A-Za-z0-9+/=]{16})/g;
/** What a key's body is made of, as it stands, indented, or escaped in JSON. Sticky. */
const BODY = /(?:[A-Za-z0-9+/=\s\\"']|(?:Proc-Type|DEK-Info|Comment|Version): ?[^\n\\]{0,200})*/y;
/** The longest body: an RSA key of 16,384 bits has 12,800 characters. */
const LIMIT = 64 * 1024;
const BASE64_LINE = /^[ \t|]*[A-Za-z0-9+/=]{16,76}$/;
const BASE64_REST = /^[A-Za-z0-9+/=]{0,76}$/;

/**
 * Private key blocks in PEM form, on lines of their own or escaped in JSON. A block without its end (cut output) reaches
 * as far as base64 goes; an end without its beginning (`--tail`) takes the base64 lines before it along.
 */
export function findPrivateKeys(text: string): Redaction[] {
  const ends = [...text.matchAll(END)].map((match) => ({ start: match.index, end: match.index + match[0].length }));
  const found: Redaction[] = [];
  let position = 0;
  let next = 0;
  const take = (start: number, end: number): void => {
    found.push({ rule: "private_key", start, end });
    position = end;
  };
  for (const begin of text.matchAll(BEGIN)) {
    if (begin.index < position) continue;
    next = takeEnds(next, begin.index);
    const bodyStart = begin.index + begin[0].length;
    const end = ends[next];
    take(begin.index, end !== undefined && end.start - bodyStart < LIMIT ? end.end : endOfBody(text, bodyStart));
  }
  takeEnds(next, text.length);
  for (const lines of text.matchAll(PUTTY)) {
    const start = lines.index + lines[0].length;
    found.push({ rule: "private_key", start, end: start + bodyLines(text.slice(start, start + LIMIT)) });
  }
  return found;

  /** Takes the ends before `limit` that no block has taken; returns the index of the first one after it. */
  function takeEnds(from: number, limit: number): number {
    let index = from;
    for (let end = ends[index]; end !== undefined && end.start < limit; end = ends[++index]) {
      if (end.start >= position) take(startOfLooseBody(text, position, end.start), end.end);
    }
    return index;
  }
}

/** How much of a text are lines of base64 at its beginning. */
function bodyLines(text: string): number {
  return /^(?:[ \t]{0,64}[A-Za-z0-9+/=]{1,76}(?:\r?\n|$)){0,2048}/.exec(text)?.[0].trimEnd().length ?? 0;
}

function endOfBody(text: string, start: number): number {
  BODY.lastIndex = 0;
  // A slice bounds the search; prose after a lone BEGIN line is eaten up to its first punctuation at most.
  return start + (BODY.exec(text.slice(start, start + LIMIT))?.[0].length ?? 0);
}

/**
 * Where the base64 lines right before `end` begin, but not before `floor`. The first line of the whole output may be the
 * rest of one. Looks at no text before `floor`, so that all calls together look at each character once.
 */
function startOfLooseBody(text: string, floor: number, end: number): number {
  const lines = text.slice(floor, end).split("\n");
  let start = end - (lines.pop() ?? "").length;
  for (let line = lines.pop(); line !== undefined; line = lines.pop()) {
    const isFirst = floor === 0 && lines.length === 0;
    if (!(isFirst ? BASE64_REST.test(line) && isKeyRest(line) : BASE64_LINE.test(line))) break;
    start -= line.length + 1;
  }
  return start;
}
