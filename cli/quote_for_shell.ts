/** So that what would run can be pasted into a shell. */
export function quoteForShell(word: string): string {
  return /^[A-Za-z0-9_.,:\/@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
