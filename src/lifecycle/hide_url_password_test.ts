import assert from "node:assert/strict";
import { hideUrlPassword } from "./hide_url_password.ts";

const ROWS: readonly { name: string; given: string; want: string }[] = [
  { name: "an address without credentials", given: "nats://n:4222", want: "nats://n:4222" },
  { name: "user and password", given: "nats://u:p@n:4222", want: "nats://***@n:4222" },
  { name: "a password with / @ and #", given: "nats://u:p@s:w/o#r@n:4222", want: "nats://***@n:4222" },
  { name: "no scheme", given: "u:p@n:4222", want: "***@n:4222" },
  { name: "a scheme that lacks its colon", given: "nats//u:p@n:4222", want: "nats//***@n:4222" },
  { name: "a query", given: "wss://n:443/x?token=secret&b=2", want: "wss://n:443/x?token=***&b=***" },
  { name: "a sentence with an address", given: "Cannot reach nats://u:p@n:1", want: "Cannot reach nats://***@n:1" },
  { name: "a mail address", given: "ops@example.org", want: "ops@example.org" },
  { name: "a query without an address", given: "what?a=b", want: "what?a=b" },
];

for (const { name, given, want } of ROWS) {
  Deno.test(`hide URL password: ${name}`, () => assert.equal(hideUrlPassword(given), want));
}
