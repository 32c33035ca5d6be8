import type { Redaction } from "./redaction.ts";
import { turnsOf } from "./secret_value.ts";

/**
 * A short beginning, `_` or `-`, and 32 letters of both cases and digits or more: the form that services give their tokens
 * (`ghp_…`, `sntrys_…`), of whichever service. What names objects, images and digests is in lower case.
 */
const PREFIXED =
  /(?<![\w./+=@:-])(?!sha\d)(?:[A-Za-z][A-Za-z0-9]{1,15}[_-]){1,3}(?=[A-Za-z]{0,80}\d)(?=[^A-Z\s]{0,80}[A-Z])(?=[^a-z\s]{0,80}[a-z])(?<body>[A-Za-z0-9]{32,256})(?![\w+/=.-])/g;
/** In words written together fewer letters have a neighbour of another kind. */
const TURNS = 0.45;

/** Tokens that have the form of tokens, though their service is in no table. */
export function findPrefixedTokens(text: string): Redaction[] {
  const found: Redaction[] = [];
  if (!LONG.test(text)) return found;
  for (const match of text.matchAll(PREFIXED)) {
    const body = match.groups?.["body"] ?? "";
    if (turnsOf(body) < body.length * TURNS) continue;
    found.push({ rule: "vendor_token", start: match.index, end: match.index + match[0].length });
  }
  return found;
}

const LONG = /[_-][A-Za-z0-9]{32}/;
