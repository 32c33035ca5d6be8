/** The beginning and the end of a message that its shape is made of, in UTF-16 units: the cause stands at the end. */
const HEAD = 3_072;
const TAIL = 1_024;

const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * What stays the same of a message when it is said again of the same finding: 64 bits over its words of letters, as
 * text of at most 14 characters. Numbers, ids, hashes, times, addresses, paths, and what is in quotes without white space
 * do not count. One pass without a copy: it is made of every fault that only its message tells from others.
 */
export function messageShape(message: string): string {
  const shape = { low: OFFSET, high: OFFSET ^ 0x5bd1e995 };
  if (message.length <= HEAD + TAIL) addWords(message, 0, message.length, shape);
  else {
    addWords(message, 0, HEAD, shape);
    addWords(message, message.length - TAIL, message.length, shape);
  }
  return (shape.high >>> 0).toString(36) + (shape.low >>> 0).toString(36);
}

function addWords(message: string, from: number, to: number, shape: { low: number; high: number }): void {
  let start = from;
  for (let at = from; at <= to; at++) {
    const code = at < to ? message.charCodeAt(at) : SPACE;
    if (code > SPACE && code !== NO_BREAK_SPACE) continue;
    if (at > start) addWord(message, start, at, shape);
    start = at + 1;
  }
}

/** Adds a word of letters, without the punctuation around it; anything else is a name or a figure. */
function addWord(message: string, from: number, to: number, shape: { low: number; high: number }): void {
  let start = from;
  let end = to;
  while (start < end && !isLetterOrDigit(message.charCodeAt(start))) start++;
  while (end > start && !isLetterOrDigit(message.charCodeAt(end - 1))) end--;
  if (start === end) return;
  if (isQuote(message.charCodeAt(start - 1)) && start > from && end < to && isQuote(message.charCodeAt(end))) return;
  let { low, high } = shape;
  for (let at = start; at < end; at++) {
    const code = message.charCodeAt(at);
    if (!isLetter(code) && code !== APOSTROPHE) return;
    low = Math.imul(low ^ code, PRIME);
    high = Math.imul(high ^ code, PRIME) + low | 0;
  }
  shape.low = Math.imul(low ^ SPACE, PRIME);
  shape.high = Math.imul(high ^ SPACE, PRIME);
}

const SPACE = 0x20;
const NO_BREAK_SPACE = 0xa0;
const APOSTROPHE = 0x27;

const isLetter = (code: number) => (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a || code > NO_BREAK_SPACE;
const isLetterOrDigit = (code: number) => isLetter(code) || code >= 0x30 && code <= 0x39;
const isQuote = (code: number) => code === 0x22 || code === APOSTROPHE || code === 0x60;
