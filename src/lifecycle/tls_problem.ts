import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import type { AgentOptions } from "node:https";

const CERTIFICATE = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/;
const KEY = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/;
const ENCRYPTED_KEY = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/**
 * What is wrong with the certificates and the key of a connection, in words; `null` when nothing is. TLS on Deno 2.9 leaves
 * a key that it can't read out without a word, so that the server sees nobody; kubectl and the NATS command line refuse it.
 */
export function tlsProblem({ ca, cert, key }: Pick<AgentOptions, "ca" | "cert" | "key">): string | null {
  const [authority, certificate, privateKey] = [ca, cert, key].map(textOf);
  if (authority && !CERTIFICATE.test(authority)) return "its CA is no PEM certificate";
  if (!certificate && !privateKey) return null;
  if (!certificate || !privateKey) return "it has only one of certificate and key, and needs both";
  if (!CERTIFICATE.test(certificate)) return "its client certificate is no PEM certificate";
  if (ENCRYPTED_KEY.test(privateKey)) {
    return "its client key is encrypted, and nobody is there to say the passphrase; decrypt it with openssl pkey";
  }
  if (!KEY.test(privateKey)) return "its client key is no PEM key";
  return isPair(certificate, privateKey) === false ? "its client key belongs to another certificate" : null;
}

/** Whether the key is the certificate's; `null` where that can't be told. */
function isPair(certificate: string, privateKey: string): boolean | null {
  try {
    const mine = createPublicKey(createPrivateKey(privateKey)).export({ type: "spki", format: "der" });
    return mine.equals(new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" }));
  } catch {
    return null; // several in one file, or a kind of key that this library does not know
  }
}

function textOf(given: AgentOptions["key"]): string {
  const parts = given === undefined ? [] : [given].flat();
  return parts.map((part) => typeof part === "string" ? part : Buffer.isBuffer(part) ? part.toString("latin1") : "")
    .join("\n");
}
