import { createPublicKey, type KeyObject } from "node:crypto";
import { fromPublic, NKeysError } from "@nats-io/nkeys";
import { Buffer } from "node:buffer";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/**
 * The Ed25519 key inside a public NKey, or `null` when it is none. The nkeys library checks form and checksum; signatures
 * are verified with the runtime's own Ed25519, because the library's takes 15 ms for one, and public keys are public:
 * 70 forged messages a second would stop the agent.
 */
export function verificationKeyOf(publicKey: string): KeyObject | null {
  if (!isPublicKey(publicKey)) return null;
  try {
    // A prefix byte, 32 bytes of key, two of checksum.
    const x = Buffer.from(decodeBase32(publicKey).subarray(1, 33)).toString("base64url");
    return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  } catch {
    return null;
  }
}

/** Whether form and checksum are right. */
function isPublicKey(text: string): boolean {
  try {
    // It decodes only when asked to verify something. What is no signature is told after that, and before it calculates.
    fromPublic(text).verify(new Uint8Array(), new Uint8Array());
    return true;
  } catch (error) {
    return !(error instanceof NKeysError);
  }
}

/** The bytes of an NKey in base 32, which has no padding. */
export function decodeBase32(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor(text.length * 5 / 8));
  let buffer = 0;
  let bits = 0;
  let length = 0;
  for (const character of text) {
    buffer = (buffer << 5 | BASE32.indexOf(character)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[length++] = buffer >> bits & 0xff;
  }
  return bytes;
}
