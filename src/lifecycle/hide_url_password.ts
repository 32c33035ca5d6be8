/**
 * Replaces the user and password of addresses in `text`, and the values of their queries, with `***`. It rather hides
 * too much: everything between the first `//` and the last `@` goes, so that no character in a password ends the hiding
 * early; and `user:password@host` without a scheme, or with one that is spelt wrong, is hidden as well.
 */
export function hideUrlPassword(text: string): string {
  const at = text.lastIndexOf("@");
  const slashes = text.indexOf("//");
  const hasScheme = slashes >= 0 && slashes < at;
  const start = hasScheme ? slashes + 2 : 0;
  const hides = at >= 0 && (hasScheme || text.slice(0, at).includes(":"));
  const hidden = hides ? `${text.slice(0, start)}***${text.slice(at)}` : text;
  return slashes < 0 ? hidden : hidden.replace(/([?&][^=&\s]*=)[^&\s]+/g, "$1***");
}
