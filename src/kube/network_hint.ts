/** What to look at, by what a connection ended with: codes and words of Node, Deno and OpenSSL. */
const HINTS: readonly (readonly [match: RegExp, hint: string])[] = [
  [
    /self-signed certificate|unable to verify|unable to get (?:local )?issuer|UnknownIssuer/i,
    "check the certificate-authority",
  ],
  [/does not match certificate's altnames|NotValidForName/i, "check the server's address, or set tls-server-name"],
  [/certificate has expired|CERT_HAS_EXPIRED/i, "the server's certificate has to be renewed"],
  [/not yet valid/i, "check the clocks on both sides"],
  [
    /InvalidContentType|wrong version number|packet length too long/i,
    "it does not speak TLS: check the port, or use http://",
  ],
];

/** The remedy for a failed connection as the end of a sentence; `""` where there is none to tell. */
export function networkHint(message: string, server: string): string {
  const [, hint] = HINTS.find(([match]) => match.test(message)) ?? [];
  if (hint !== undefined) return `; ${hint}`;
  const hungUp = /socket hang up|ECONNRESET|closed before/i.test(message) && server.startsWith("http:");
  return hungUp ? "; if it speaks TLS, use https://" : "";
}
