/** A block of a credentials file: a label between dashes, and one token. */
const BLOCK = /-{3,}BEGIN ([A-Z ]+)-{3,}\s+([A-Za-z0-9._=-]+)\s+-{3,}END \1-{3,}/g;
const LIMIT_CHARACTERS = 64 * 1024;

/**
 * The text of a NATS credentials file as `nsc` writes it. Editors and templates leave a byte order mark, CRLF, spaces
 * before lines or no newline at the end, which the NATS command line and the Go client take and the library does not.
 * A text in which no block is found comes back as it is.
 */
export function canonicalCredentials(text: string): string {
  const blocks = [...text.slice(0, LIMIT_CHARACTERS).matchAll(BLOCK)].map(([, label, token]) =>
    `-----BEGIN ${label}-----\n${token}\n------END ${label}------\n`
  );
  return blocks.length === 0 ? text : blocks.join("\n");
}
