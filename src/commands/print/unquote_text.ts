const SIMPLE: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};
/** Digits behind `\x`, `\u`, `\U`. */
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const ESCAPE = /\\(?:([abfnrtv\\'"])|([xuU])([0-9A-Fa-f]+)|([0-7]{3}))/y;

/**
 * A quoted text of a JSONPath template without its quotes, escapes decoded as Go's strconv.UnquoteChar does; `null` when
 * it is none. A byte above 0x7f that is written as an escape may be no UTF-8, and is refused.
 */
export function unquoteText(quoted: string): string | null {
  const quote = quoted[0];
  const body = quoted.slice(1, -1);
  if (quoted.length < 2 || quote !== quoted.at(-1)) return null;
  let text = "";
  for (let at = 0; at < body.length;) {
    const char = body[at] ?? "";
    if (char === quote) return null;
    if (char !== "\\") {
      text += char;
      at++;
      continue;
    }
    ESCAPE.lastIndex = at;
    const match = ESCAPE.exec(body);
    if (match === null) return null;
    const [whole, simple, hexKind, hex = "", octal] = match;
    if (simple !== undefined) {
      if ((simple === "'" || simple === '"') && simple !== quote) return null;
      text += SIMPLE[simple] ?? simple;
      at += whole.length;
    } else {
      const digits = HEX_DIGITS[hexKind ?? ""] ?? 0;
      if (octal === undefined && hex.length < digits) return null;
      const code = octal === undefined ? parseInt(hex.slice(0, digits), 16) : parseInt(octal, 8);
      const isByte = octal !== undefined || hexKind === "x";
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000) || (isByte && code > 0x7f)) return null;
      text += String.fromCodePoint(code);
      at += octal === undefined ? 2 + digits : whole.length;
    }
  }
  return text;
}
