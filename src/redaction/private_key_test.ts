import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { redactText } from "./redact_text.ts";

const PEM = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();
const LINES = PEM.trimEnd().split("\n");
const [HEAD = "", END = ""] = [LINES[0], LINES.at(-1)];
const BODY = LINES.slice(1, -1);
const PUBLIC = "-----BEGIN PUBLIC KEY-----\n" + generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey
  .export({ type: "spki", format: "der" }).toString("base64").replaceAll(/(.{64})/g, "$1\n") +
  "\n-----END PUBLIC KEY-----";

/** What a logger, a runtime or kubectl makes of a line. */
const WRAPPERS: Readonly<Record<string, (line: string, index: number) => string>> = {
  plain: (line) => line,
  indented: (line) => `      ${line}`,
  CRLF: (line) => `${line}\r`,
  timestamps: (line, i) => `2026-01-02T03:04:05.${String(123456789 + i * 1000).replace(/0+$/, "")}Z ${line}`,
  "pod prefix": (line) => `[pod/web-0/app] ${line}`,
  "pod prefix and time": (line) => `[pod/web-0/app] 2026-01-02T03:04:05.123456789Z ${line}`,
  klog: (line) => `I0102 03:04:05.000006       1 main.go:12] ${line}`,
  CRI: (line) => `2026-01-02T03:04:05.123456789Z stdout F ${line}`,
  "docker JSON": (line) => JSON.stringify({ log: `${line}\n`, stream: "stdout", time: "2026-01-02T03:04:05.123Z" }),
  "JSON log": (line) => JSON.stringify({ level: "info", msg: line }),
  logfmt: (line) => `time=2026-01-02T03:04:05Z level=info msg="${line}"`,
  compose: (line) => `web-1  | ${line}`,
};

const CUTS: Readonly<Record<string, readonly string[]>> = {
  whole: LINES,
  "end cut": [...LINES.slice(0, 20), (LINES[20] ?? "").slice(0, 31)],
  "head cut": LINES.slice(3),
  "both ends cut": LINES.slice(3, -3),
  "three lines": LINES.slice(5, 8),
};

for (const [wrapper, wrap] of Object.entries(WRAPPERS)) {
  for (const [cut, lines] of Object.entries(CUTS)) {
    Deno.test(`redact: no line of a private key is left (${wrapper}, ${cut})`, () => {
      const text = ["starting", ...lines].map(wrap).join("\n") + "\n" + wrap("ready", 99);
      const redacted = redactText(text).text;
      assert.deepEqual(BODY.filter((line) => redacted.includes(line)), [], redacted);
      assert.ok(redacted.includes("starting") && (cut === "end cut" || redacted.includes("ready")), redacted);
    });
  }
}

const ONE_LINE: Readonly<Record<string, string>> = {
  "escaped in JSON": JSON.stringify({ key: PEM, x: 1 }),
  "escaped twice": JSON.stringify({ a: JSON.stringify({ key: PEM }) }),
  "escaped twice, end cut": JSON.stringify({ a: JSON.stringify({ key: PEM }) }).slice(0, 1500),
  "escaped, head cut": JSON.stringify({ key: PEM }).slice(200),
  "a list of bytes in Python, end cut": `[${LINES.slice(0, 20).map((line) => `b'${line}\\n'`).join(", ")}`,
  "a list of texts, head cut": JSON.stringify(LINES.slice(3)),
  "base64 of the file": `client-key: ${btoa(PEM)} end`,
  "base64 of a bundle": `tls: ${btoa(`-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----\n${PEM}`)}`,
  "spaces instead of line ends": PEM.replaceAll("\n", " "),
};

for (const [name, text] of Object.entries(ONE_LINE)) {
  Deno.test(`redact: no line of a private key is left (${name})`, () => {
    const redacted = redactText(text).text;
    assert.deepEqual(BODY.filter((line) => redacted.includes(line)), []);
    assert.ok(!redacted.includes(btoa(PEM).slice(60, 400)));
  });
}

Deno.test("redact: public keys and certificates stay, wrapped or cut", () => {
  const certificate = PUBLIC.replaceAll("PUBLIC KEY", "CERTIFICATE");
  for (
    const text of [
      PUBLIC,
      certificate,
      `a\n${PUBLIC.slice(200)}`,
      `${certificate.slice(0, 300)}`,
      JSON.stringify({ ca: certificate }),
    ]
  ) {
    assert.equal(redactText(text).text, text);
  }
  const both = `${certificate}\n${PEM}${certificate}\n`;
  assert.equal(redactText(both).text, `${certificate}\n[REDACTED:private_key]\n${certificate}\n`);
  assert.ok(HEAD.includes("BEGIN") && END.includes("END"));
});
