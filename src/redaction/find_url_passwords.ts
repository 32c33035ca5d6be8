import type { Redaction } from "./redaction.ts";
import { isReference } from "./secret_value.ts";

/** How far behind `://` a password may end. */
const LIMIT = 800;
/** A user name so long is a token. */
const TOKEN_LENGTH = 20;
/** A shorter one is, when it has letters of both cases and digits. */
const MIXED = /^(?=[^a-z]{0,64}[a-z])(?=[^A-Z]{0,64}[A-Z])(?=\D{0,64}\d)\w+$/;
/** The user's name. Sticky. */
const USER = /[^\s/:@"'<>\\?#[]{0,256}/y;
/** What can't be a part of a URL as programs print it. */
const URL_END = /[\s<>\\"]/;
/** A port, or a mark, and no password. */
const NO_PASSWORD = /^(?:\d{1,5}(?:[/?#,;)]|$)|\[REDACTED:)/;

/**
 * Passwords in URLs (`postgres://app:…@db`), up to the last `@` of the URL, since passwords hold `@` and `/`; and tokens in the
 * place of a user (`https://…@git.example`). Looks at a bounded stretch only where an `@` follows, once.
 */
export function findUrlPasswords(text: string, cut: boolean): Redaction[] {
  const found: Redaction[] = [];
  let nextAt = text.indexOf("@");
  for (let at = text.indexOf("://"); at !== -1 && nextAt !== -1;) {
    const start = at + 3;
    if (nextAt < start) nextAt = text.indexOf("@", start);
    const piece = nextAt === -1 || nextAt - start > LIMIT ? null : readUserPart(text, start);
    if (piece !== null) found.push(piece);
    at = text.indexOf("://", piece?.end ?? start);
  }
  const cutPassword = cut ? readCutPassword(text) : null;
  if (cutPassword !== null) found.push(cutPassword);
  return found;
}

function readUserPart(text: string, start: number): Redaction | null {
  USER.lastIndex = start;
  const userEnd = start + (USER.exec(text)?.[0].length ?? 0);
  if (text[userEnd] === "@") {
    const user = text.slice(start, userEnd);
    const isToken = user.length >= TOKEN_LENGTH || (user.length >= 12 && MIXED.test(user));
    return isToken && !isReference(user) ? { rule: "url_password", start, end: userEnd } : null;
  }
  if (text[userEnd] !== ":") return null;
  const rest = text.slice(userEnd + 1, userEnd + 1 + LIMIT);
  // A token in the place of the user, and no password.
  if (rest.startsWith("@") && userEnd - start >= 8 && /\d/.test(text.slice(start, userEnd))) {
    return { rule: "url_password", start, end: userEnd };
  }
  if (NO_PASSWORD.test(rest)) return null;
  const url = rest.slice(0, rest.search(URL_END) === -1 ? rest.length : rest.search(URL_END));
  for (
    let last = url.lastIndexOf("@"), turns = 0;
    last > 0 && turns < 8;
    last = url.lastIndexOf("@", last - 1), turns++
  ) {
    if (/[\w.[-]/.test(url[last + 1] ?? "")) {
      if (isReference(url.slice(0, last))) return null;
      // Who signs in with a key in the place of the user needs no other password.
      const from = isKey(text.slice(start, userEnd)) ? start : userEnd + 1;
      return { rule: "url_password", start: from, end: userEnd + 1 + last };
    }
  }
  return null;
}

/** What the end of the text cut off before its `@`: no port is spelled so. */
const CUT_PASSWORD =
  /^:\/\/[^\s/:@"'<>\\?#[]{0,256}:(?!\[REDACTED:)(?=[^\d\s]{0,64}\d)(?=\d{0,64}[A-Za-z])[^\s/:@"'<>\\]{6,256}$/;

function readCutPassword(text: string): Redaction | null {
  const last = text.lastIndexOf("://");
  if (last === -1 || text.length - last > LIMIT || !CUT_PASSWORD.test(text.slice(last))) return null;
  return { rule: "url_password", start: text.indexOf(":", last + 3) + 1, end: text.length };
}

const isKey = (user: string): boolean =>
  user.length >= TOKEN_LENGTH && (/^[0-9a-f]{32,}$/.test(user) || MIXED.test(user));
