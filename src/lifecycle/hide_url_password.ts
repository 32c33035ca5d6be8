/**
 * Replaces the user and password of URLs in `text` with `***`. It rather hides too much: everything between the first
 * `://` and the last `@` goes, so that no character in a password ends the hiding early.
 */
export function hideUrlPassword(text: string): string {
  return text.replace(/:\/\/.*@/s, "://***@");
}
