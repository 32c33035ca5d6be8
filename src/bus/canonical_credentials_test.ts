import assert from "node:assert/strict";
import { canonicalCredentials } from "./canonical_credentials.ts";

const JWT = "eyJ0eXAiOiJKV1QifQ.eyJqdGkiOiJBIn0.c2ln";
const SEED = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";
const CANONICAL = `-----BEGIN NATS USER JWT-----\n${JWT}\n------END NATS USER JWT------\n\n` +
  `-----BEGIN USER NKEY SEED-----\n${SEED}\n------END USER NKEY SEED------\n`;
const NSC = `-----BEGIN NATS USER JWT-----\n${JWT}\n------END NATS USER JWT------\n\n` +
  "************************* IMPORTANT *************************\nNKEY Seed printed below can be used to sign.\n\n" +
  `-----BEGIN USER NKEY SEED-----\n${SEED}\n------END USER NKEY SEED------\n\n*******************************\n`;

const ROWS: readonly { name: string; given: string; want: string }[] = [
  { name: "as nsc writes it", given: NSC, want: CANONICAL },
  { name: "with CRLF", given: NSC.replaceAll("\n", "\r\n"), want: CANONICAL },
  { name: "with a byte order mark", given: `\uFEFF${NSC}`, want: CANONICAL },
  { name: "indented by a template", given: NSC.replaceAll("\n", "\n    "), want: CANONICAL },
  { name: "ending right after the last END line", given: NSC.slice(0, NSC.lastIndexOf("\n\n")), want: CANONICAL },
  { name: "with text after the seed", given: `${NSC}rotated in May\n`, want: CANONICAL },
  { name: "that holds no credentials", given: "hello", want: "hello" },
];

for (const { name, given, want } of ROWS) {
  Deno.test(`credentials file: ${name}`, () => assert.equal(canonicalCredentials(given), want));
}

Deno.test("credentials file: a hostile one takes linear time", () => {
  const atoms = ["-----BEGIN A-----\n", "-", "A".repeat(1_000), "\n"];
  for (const atom of atoms) assert.equal(typeof canonicalCredentials(atom.repeat(1e6 / atom.length)), "string");
});
