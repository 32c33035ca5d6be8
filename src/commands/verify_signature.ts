import { Buffer } from "node:buffer";
import { type KeyObject, verify } from "node:crypto";
import { AgentError } from "../lifecycle/errors.ts";
import type { CommandRefusal } from "./decision.ts";
import { SIGNATURE_HEADERS, SIGNATURE_LIFETIME_LIMIT_MS, signedBytes } from "./signature.ts";
import { verificationKeyOf } from "./verification_key.ts";

/** A public key whose commands count as signed, and the name under which it stands in the audit log. */
export interface TrustedKey {
  readonly name: string;
  /** An NKey of a user: `U` and 55 more characters. */
  readonly publicKey: string;
}

/** A trusted key that is ready to verify with. */
interface TrustedSigner extends TrustedKey {
  readonly verificationKey: KeyObject;
}

/** Decodes the trusted keys once. Throws an `AgentError` that names the first one that is no public NKey. */
export function loadTrustedKeys(keys: readonly TrustedKey[]): readonly TrustedSigner[] {
  return keys.map((key) => {
    const verificationKey = verificationKeyOf(key.publicKey);
    if (verificationKey !== null) return { ...key, verificationKey };
    throw new AgentError(
      "bad_configuration",
      `The trusted key "${key.name}" is no public NKey: its checksum is wrong; copy what agent keygen printed`,
    );
  });
}

/** Who signed a command, and the nonce that must not be used again before `expiresAtMs`. */
export interface CommandSigner {
  readonly name: string;
  readonly publicKey: string;
  readonly nonce: string;
  readonly expiresAtMs: number;
}

type SignatureVerdict =
  | { readonly kind: "unsigned" }
  | { readonly kind: "signed"; readonly signer: CommandSigner }
  | { readonly kind: "refused"; readonly refusal: CommandRefusal };

interface SignatureCheck {
  readonly body: Uint8Array;
  readonly header: (name: string) => string | null;
  readonly clusterId: string;
  readonly trustedKeys: readonly TrustedSigner[];
  readonly required: boolean;
  readonly nowMs: number;
}

const PUBLIC_KEY = /^[A-Z2-7]{56}$/;
const NONCE = /^[A-Za-z0-9_-]{22,128}$/;
const EXPIRES = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
const SIGNATURE = /^[A-Za-z0-9_-]{86}(?:==)?$/;

/**
 * Decides who signed a command, from its headers and its bytes as received: nothing is parsed before this. A signature
 * that is there is checked whether one is required or not, and one header of the four makes it be there. The nonce is the
 * caller's to look up, last, so that only genuine commands can fill the store.
 */
export function verifySignature(check: SignatureCheck): SignatureVerdict {
  const key = check.header(SIGNATURE_HEADERS.key);
  const nonce = check.header(SIGNATURE_HEADERS.nonce);
  const expires = check.header(SIGNATURE_HEADERS.expires);
  const signature = check.header(SIGNATURE_HEADERS.signature);
  if (key === null && nonce === null && expires === null && signature === null) {
    return check.required
      ? refuse(
        "unsigned",
        "this agent runs only signed commands; sign it with a trusted key (agent exec --sign-key FILE)",
      )
      : { kind: "unsigned" };
  }
  if (key === null || nonce === null || expires === null || signature === null) {
    return refuse("bad_signature", `a signature takes four headers: ${Object.values(SIGNATURE_HEADERS).join(", ")}`);
  }
  const malformed = malformedHeader(key, nonce, expires, signature);
  if (malformed !== null) return refuse("bad_signature", malformed);

  const trusted = check.trustedKeys.find((candidate) => candidate.publicKey === key);
  if (trusted === undefined) {
    return refuse(
      "untrusted_key",
      `the key ${key} is not trusted here; add it to commands.trusted_keys or use another`,
    );
  }
  if (!isSignedBy(trusted, signedBytes(check.clusterId, nonce, expires, check.body), signature)) {
    return refuse(
      "bad_signature",
      `the signature of ${trusted.name} does not fit this message for cluster ${check.clusterId}; sign the bytes that are sent, for this cluster`,
    );
  }
  const expiresAtMs = Date.parse(expires);
  if (expiresAtMs <= check.nowMs) {
    return refuse("expired_signature", `the signature expired at ${expires}; sign again, and check the clocks`);
  }
  if (expiresAtMs - check.nowMs > SIGNATURE_LIFETIME_LIMIT_MS) {
    return refuse("expired_signature", `the signature expires at ${expires}, more than 5 minutes ahead; sign for less`);
  }
  return { kind: "signed", signer: { name: trusted.name, publicKey: key, nonce, expiresAtMs } };
}

function malformedHeader(key: string, nonce: string, expires: string, signature: string): string | null {
  if (!PUBLIC_KEY.test(key)) return `${SIGNATURE_HEADERS.key} is no public NKey`;
  if (!NONCE.test(nonce)) return `${SIGNATURE_HEADERS.nonce} must be 22 to 128 characters of base64url`;
  if (!EXPIRES.test(expires) || Number.isNaN(Date.parse(expires))) {
    return `${SIGNATURE_HEADERS.expires} must be an RFC 3339 time with a zone`;
  }
  return SIGNATURE.test(signature) ? null : `${SIGNATURE_HEADERS.signature} must be 64 bytes in base64url`;
}

function isSignedBy({ verificationKey }: TrustedSigner, bytes: Uint8Array, signature: string): boolean {
  return verify(null, bytes, verificationKey, Buffer.from(signature, "base64url"));
}

function refuse(code: CommandRefusal["code"], reason: string): SignatureVerdict {
  return { kind: "refused", refusal: { code, reason } };
}
