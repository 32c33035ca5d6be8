import assert from "node:assert/strict";
import { networkHint } from "./network_hint.ts";

const CASES = [
  ["self-signed certificate in certificate chain", "https://a", "; check the certificate-authority"],
  ["unable to verify the first certificate", "https://a", "; check the certificate-authority"],
  [
    "Hostname/IP does not match certificate's altnames: …",
    "https://a",
    "; check the server's address, or set tls-server-name",
  ],
  ["certificate has expired", "https://a", "; the server's certificate has to be renewed"],
  [
    "received corrupt message of type InvalidContentType",
    "https://a",
    "; it does not speak TLS: check the port, or use http://",
  ],
  ["socket hang up", "http://a", "; if it speaks TLS, use https://"],
  ["socket hang up", "https://a", ""],
  ["connect ECONNREFUSED 127.0.0.1:6443", "https://a", ""],
] as const;

for (const [message, server, want] of CASES) {
  Deno.test(`network hint: "${message}" from ${server} is told with "${want}"`, () => {
    assert.equal(networkHint(message, server), want);
  });
}
