import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { generateKeyPairSync } from "node:crypto";
import { createTestCa } from "../../sandbox/certificates.ts";
import { tlsProblem } from "./tls_problem.ts";

const ca = createTestCa();
const jane = ca.issue({ commonName: "jane" });
const joe = ca.issue({ commonName: "joe" });
const crlf = (text: string) => text.replaceAll("\n", "\r\n");
const encrypted = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
  type: "pkcs8",
  format: "pem",
  cipher: "aes-256-cbc",
  passphrase: "s3cret",
});

const CASES = [
  { name: "nothing", given: {}, want: null },
  { name: "a pair", given: { ca: ca.cert, ...jane }, want: null },
  {
    name: "a pair of bytes",
    given: { ca: Buffer.from(ca.cert), cert: Buffer.from(jane.cert), key: jane.key },
    want: null,
  },
  {
    name: "a pair with text before it",
    given: { cert: `subject\n${jane.cert}`, key: `Bag Attributes\n${jane.key}` },
    want: null,
  },
  { name: "a pair with line ends of Windows", given: { cert: crlf(jane.cert), key: crlf(jane.key) }, want: null },
  { name: "a chain", given: { cert: jane.cert + ca.cert, key: jane.key }, want: null },
  { name: "somebody else's key", given: { cert: jane.cert, key: joe.key }, want: /key belongs to another certificate/ },
  { name: "an encrypted key", given: { cert: jane.cert, key: encrypted }, want: /is encrypted.*openssl pkey/ },
  {
    name: "a key encrypted in the old way",
    given: { cert: jane.cert, key: "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n" },
    want: /is encrypted/,
  },
  { name: "no key", given: { cert: jane.cert }, want: /only one of certificate and key/ },
  { name: "a key that is none", given: { cert: jane.cert, key: "s3cret" }, want: /key is no PEM key/ },
  { name: "a certificate that is none", given: { cert: "s3cret", key: jane.key }, want: /is no PEM certificate/ },
  { name: "a CA that is none", given: { ca: "s3cret" }, want: /CA is no PEM certificate/ },
];

for (const { name, given, want } of CASES) {
  Deno.test(`tls problem: ${name} is ${want === null ? "fine" : "told in words"}`, () => {
    const problem = tlsProblem(given);
    if (want === null) assert.equal(problem, null);
    else assert.match(problem ?? "", want);
    assert.doesNotMatch(problem ?? "", /s3cret/);
  });
}
