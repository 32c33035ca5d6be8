import assert from "node:assert/strict";
import { isStraySocketError } from "./stray_socket_error.ts";

const ROWS: readonly {
  readonly name: string;
  readonly given: Readonly<Record<string, string>>;
  readonly want: boolean;
}[] = [
  { name: "a reset while reading is stray", given: { code: "ECONNRESET", syscall: "read" }, want: true },
  { name: "a write into a closed pipe is stray", given: { code: "EPIPE", syscall: "write" }, want: true },
  { name: "a write after the end is stray", given: { code: "ERR_STREAM_WRITE_AFTER_END" }, want: true },
  { name: "a write after the destruction is stray", given: { code: "ERR_STREAM_DESTROYED" }, want: true },
  {
    name: "a refused client certificate, in the words of Deno, is stray",
    given: { message: "received fatal alert: BadCertificate" },
    want: true,
  },
  {
    name: "a refused client certificate, in the words of Node, is stray",
    given: { code: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED" },
    want: true,
  },
  { name: "a write into an ended TLS connection is stray", given: { code: "EPERM", syscall: "write" }, want: true },
  { name: "a file that may not be opened is not", given: { code: "EPERM", syscall: "open" }, want: false },
  { name: "a refused connect is not", given: { code: "ECONNREFUSED", syscall: "connect" }, want: false },
  { name: "a reset of something else is not", given: { code: "ECONNRESET", syscall: "connect" }, want: false },
  { name: "a file that is missing is not", given: { code: "ENOENT", syscall: "open" }, want: false },
  { name: "an error without a code is not", given: {}, want: false },
  { name: "a code that objects inherit is not", given: { code: "constructor" }, want: false },
];

for (const { name, given, want } of ROWS) {
  Deno.test(`stray socket error: ${name}`, () => {
    assert.equal(isStraySocketError(Object.assign(new Error("x"), given)), want);
  });
}
