import assert from "node:assert/strict";
import { type Credentials, endOfJwt, parseCredentials, parseSeed } from "./parse_credentials.ts";

const JWT = "eyJ0eXAiOiJKV1QifQ.eyJqdGkiOiJBIn0.c2ln";
const SEED = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";
const FOUND: Credentials = { jwt: JWT, seed: SEED };
const NSC = `-----BEGIN NATS USER JWT-----\n${JWT}\n------END NATS USER JWT------\n\n` +
  "************************* IMPORTANT *************************\nNKEY Seed printed below can be used to sign.\n\n" +
  `-----BEGIN USER NKEY SEED-----\n${SEED}\n------END USER NKEY SEED------\n\n*******************************\n`;

const ROWS: readonly { name: string; given: string; want: Credentials | null }[] = [
  { name: "as nsc writes it", given: NSC, want: FOUND },
  { name: "with CRLF", given: NSC.replaceAll("\n", "\r\n"), want: FOUND },
  { name: "with a byte order mark", given: `\uFEFF${NSC}`, want: FOUND },
  { name: "indented by a template", given: NSC.replaceAll("\n", "\n    "), want: FOUND },
  { name: "ending right after the last END line", given: NSC.slice(0, NSC.lastIndexOf("\n\n")), want: FOUND },
  { name: "with text after the seed", given: `${NSC}rotated in May\n`, want: FOUND },
  { name: "without a seed", given: NSC.slice(0, NSC.indexOf("IMPORTANT")), want: null },
  { name: "that holds no credentials", given: "hello", want: null },
];

for (const { name, given, want } of ROWS) {
  Deno.test(`credentials file: ${name}`, () => assert.deepEqual(parseCredentials(given), want));
}

const SEEDS = [
  { name: "alone", given: `${SEED}\n`, want: SEED },
  { name: "with a byte order mark and CRLF", given: `\uFEFF${SEED}\r\n`, want: SEED },
  { name: "below a comment", given: `# of the agent\n${SEED}\n`, want: SEED },
  { name: "decorated", given: `-----BEGIN USER NKEY SEED-----\n${SEED}\n------END USER NKEY SEED------`, want: SEED },
  { name: "in a credentials file", given: NSC, want: SEED },
  { name: "that is none", given: " hello\n", want: "hello" },
];

for (const { name, given, want } of SEEDS) {
  Deno.test(`seed file: a seed ${name}`, () => assert.equal(parseSeed(given), want));
}

Deno.test("credentials file: a JWT says when it ends, or nothing", () => {
  const jwt = (claims: string) => `e30.${btoa(claims)}.c2ln`;
  assert.equal(endOfJwt(jwt('{"exp":1700000000}')), 1_700_000_000_000);
  for (const given of [jwt("{}"), jwt('{"exp":0}'), jwt('{"exp":"x"}'), jwt("5"), "a.!.b", ""]) {
    assert.equal(endOfJwt(given), null);
  }
});

Deno.test("credentials file: a hostile one is none, whatever is repeated", () => {
  const atoms = ["-----BEGIN A-----\n", "-", "A".repeat(1_000), "\n"];
  for (const atom of atoms) assert.equal(parseCredentials(atom.repeat(1e6 / atom.length)), null);
});
