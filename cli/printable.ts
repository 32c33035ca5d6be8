/** Text in which nothing steers a terminal: one line, with `\ufffd` for each control, format or unassigned character. */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\ufffd");
}
