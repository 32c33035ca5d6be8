import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { SigningKey } from "./signing_key.ts";

/** The headers of a signed command. */
export const SIGNATURE_HEADERS = {
  key: "Agent-Key",
  nonce: "Agent-Nonce",
  expires: "Agent-Expires",
  signature: "Agent-Signature",
} as const;

/** How far ahead a signature may expire, and so how long a nonce is remembered. */
export const SIGNATURE_LIFETIME_LIMIT_MS = 5 * 60 * 1000;

/** The bytes that are signed. None of the fields can hold a newline once `verifySignature` has looked at them. */
export function signedBytes(clusterId: string, nonce: string, expires: string, body: Uint8Array): Uint8Array {
  const digest = createHash("sha256").update(body).digest("hex");
  return new TextEncoder().encode(`agent-command-v1\n${clusterId}\n${nonce}\n${expires}\n${digest}`);
}

/** Signs the exact bytes of a command for one cluster; returns the headers to send with them. */
export function signCommand(
  body: Uint8Array,
  options: { readonly key: SigningKey; readonly clusterId: string; readonly expiresAtMs: number },
): Readonly<Record<string, string>> {
  // 24 bytes make 32 characters, beyond any chance of the same twice.
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString("base64url");
  const expires = new Date(options.expiresAtMs).toISOString();
  const signature = options.key.sign(signedBytes(options.clusterId, nonce, expires, body));
  return {
    [SIGNATURE_HEADERS.key]: options.key.publicKey,
    [SIGNATURE_HEADERS.nonce]: nonce,
    [SIGNATURE_HEADERS.expires]: expires,
    [SIGNATURE_HEADERS.signature]: Buffer.from(signature).toString("base64url"),
  };
}
