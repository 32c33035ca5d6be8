import assert from "node:assert/strict";
import { createCurve, createUser } from "@nats-io/nkeys";
import fc from "fast-check";
import { SIGNATURE_HEADERS, signCommand, signedBytes } from "./signature.ts";
import { openSigningKey } from "./signing_key.ts";
import { loadTrustedKeys, verifySignature } from "./verify_signature.ts";

const NOW = Date.parse("2026-01-02T03:04:05Z");
const newKey = () => openSigningKey(new TextDecoder().decode(createUser().getSeed()));
const KEY = newKey();
const STRANGER = newKey();
const BODY = new TextEncoder().encode('{"id":"c1"}');
const TRUSTED = loadTrustedKeys([{ name: "ops", publicKey: KEY.publicKey }]);
const MINUTE = 60_000;

type Headers = Record<string, string>;
const sign = (
  more: { clusterId?: string; expiresAtMs?: number; body?: Uint8Array; key?: typeof KEY } = {},
): Headers => ({
  ...signCommand(more.body ?? BODY, {
    key: more.key ?? KEY,
    clusterId: more.clusterId ?? "local",
    expiresAtMs: more.expiresAtMs ?? NOW + MINUTE,
  }),
});
const without = (name: string): Headers => Object.fromEntries(Object.entries(sign()).filter(([key]) => key !== name));

function verify(headers: Headers, required = true, body = BODY) {
  const verdict = verifySignature({
    body,
    header: (name) => headers[name] ?? null,
    clusterId: "local",
    trustedKeys: TRUSTED,
    required,
    nowMs: NOW,
  });
  return verdict.kind === "refused" ? verdict.refusal.code : verdict.kind;
}

const CASES: readonly { name: string; given: Headers; required?: boolean; want: string }[] = [
  { name: "a good signature", given: sign(), want: "signed" },
  { name: "a good signature where none is required", given: sign(), required: false, want: "signed" },
  { name: "no signature where one is required", given: {}, want: "unsigned" },
  { name: "no signature where none is required", given: {}, required: false, want: "unsigned" },
  {
    name: "a bad signature is refused where none is required",
    given: { ...sign(), [SIGNATURE_HEADERS.nonce]: "x".repeat(22) },
    required: false,
    want: "bad_signature",
  },
  {
    name: "one header of four",
    given: { [SIGNATURE_HEADERS.nonce]: "x".repeat(22) },
    required: false,
    want: "bad_signature",
  },
  ...Object.values(SIGNATURE_HEADERS).map((name) => ({
    name: `no ${name}`,
    given: without(name),
    want: "bad_signature",
  })),
  { name: "another body", given: sign({ body: new TextEncoder().encode('{"id":"c2"}') }), want: "bad_signature" },
  { name: "another cluster", given: sign({ clusterId: "other" }), want: "bad_signature" },
  {
    name: "a changed expiry",
    given: { ...sign(), [SIGNATURE_HEADERS.expires]: new Date(NOW + 2 * MINUTE).toISOString() },
    want: "bad_signature",
  },
  { name: "a key that is not trusted", given: sign({ key: STRANGER }), want: "untrusted_key" },
  {
    name: "another key's name on the signature",
    given: { ...sign({ key: STRANGER }), [SIGNATURE_HEADERS.key]: KEY.publicKey },
    want: "bad_signature",
  },
  { name: "expired", given: sign({ expiresAtMs: NOW }), want: "expired_signature" },
  { name: "a last millisecond", given: sign({ expiresAtMs: NOW + 1 }), want: "signed" },
  { name: "exactly five minutes ahead", given: sign({ expiresAtMs: NOW + 5 * MINUTE }), want: "signed" },
  {
    name: "more than five minutes ahead",
    given: sign({ expiresAtMs: NOW + 5 * MINUTE + 1 }),
    want: "expired_signature",
  },
  { name: "a short nonce", given: { ...sign(), [SIGNATURE_HEADERS.nonce]: "x".repeat(21) }, want: "bad_signature" },
  {
    name: "a nonce with a newline",
    given: { ...sign(), [SIGNATURE_HEADERS.nonce]: `${"x".repeat(22)}\n` },
    want: "bad_signature",
  },
  {
    name: "an expiry without a zone",
    given: { ...sign(), [SIGNATURE_HEADERS.expires]: "2026-01-02T03:05:00" },
    want: "bad_signature",
  },
  {
    name: "an expiry that is no date",
    given: { ...sign(), [SIGNATURE_HEADERS.expires]: "2026-13-41T99:00:00Z" },
    want: "bad_signature",
  },
  {
    name: "a signature of the wrong size",
    given: { ...sign(), [SIGNATURE_HEADERS.signature]: "AAAA" },
    want: "bad_signature",
  },
  {
    name: "a key of another alphabet",
    given: { ...sign(), [SIGNATURE_HEADERS.key]: "Ü".repeat(56) },
    want: "bad_signature",
  },
];

for (const { name, given, required, want } of CASES) {
  Deno.test(`signature: ${name}`, () => assert.equal(verify(given, required), want));
}

Deno.test("signature: any headers are answered, never believed", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...Object.values(sign())));
  fc.assert(fc.property(fc.tuple(text, text, text, text), (values) => {
    const headers = Object.fromEntries(Object.values(SIGNATURE_HEADERS).map((name, i) => [name, values[i] ?? ""]));
    // Two of the four may come from one good signature, never all.
    const verdict = verify({ ...headers, [SIGNATURE_HEADERS.nonce]: `${headers[SIGNATURE_HEADERS.nonce]}0` });
    assert.ok(["bad_signature", "untrusted_key"].includes(verdict), verdict);
  }));
});

Deno.test("signature: the signed bytes are those of the protocol", () => {
  // SHA-256 of {"id":"c1"}, from sha256sum.
  const digest = "45fb0254ec0f0ce1c7c6ce6379dfe8afa7ee7dfa13537d323c487f1d76357676";
  assert.equal(
    new TextDecoder().decode(signedBytes("local", "n".repeat(22), "2026-01-01T00:00:00Z", BODY)),
    `agent-command-v1\nlocal\n${"n".repeat(22)}\n2026-01-01T00:00:00Z\n${digest}`,
  );
});

Deno.test("signature: what is signed is verified, whatever key and message", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
      const key = newKey();
      const headers: Headers = { ...signCommand(body, { key, clusterId: "c", expiresAtMs: NOW + 1 }) };
      const verdict = verifySignature({
        body,
        header: (name) => headers[name] ?? null,
        clusterId: "c",
        trustedKeys: loadTrustedKeys([{ name: "k", publicKey: key.publicKey }]),
        required: true,
        nowMs: NOW,
      });
      assert.equal(verdict.kind, "signed");
    }),
    { numRuns: 20 },
  );
});

const WRONG_KEYS: readonly { name: string; given: string }[] = [
  { name: "a wrong checksum", given: KEY.publicKey.replace(/.$/, (last) => last === "A" ? "B" : "A") },
  { name: "a curve key, which can't sign", given: createCurve().getPublicKey().replace(/^X/, "U") },
  { name: "a seed", given: new TextDecoder().decode(createUser().getSeed()) },
  { name: "nothing", given: "" },
];

for (const { name, given } of WRONG_KEYS) {
  Deno.test(`trusted keys: ${name} is said at start, and a seed is not repeated`, () => {
    assert.throws(() => loadTrustedKeys([{ name: "ops", publicKey: given }]), (error: Error) => {
      assert.match(error.message, /The trusted key "ops" is no public NKey/);
      return given === "" || !error.message.includes(given);
    });
  });
}
