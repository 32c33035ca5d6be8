// @ts-types="./node_forge.d.ts"
import forge, { type Certificate, type PrivateKey, type PublicKey } from "node-forge";
import { generateKeyPairSync, randomBytes } from "node:crypto";

/** A certificate with its key, both PEM. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

export interface IssueOptions {
  readonly commonName: string;
  /** DNS names and IP addresses that the certificate is good for. */
  readonly hosts?: readonly string[];
  /** Default: from an hour ago to 60 days ahead, so that nobody warns of its end. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Default both: the same certificate can serve and present itself as a client. */
  readonly usage?: "server" | "client" | "both";
}

/** A certificate authority that lives in this process only. */
export interface TestCa {
  readonly cert: string;
  /** The same for the same options: making a pair of keys takes a seventh of a second of CPU time. */
  issue(options: IssueOptions): CertificatePair;
}

const HOUR_MS = 3_600_000;

/** Makes a certificate authority; nothing of it is ever trusted by the machine. */
export function createTestCa(commonName = "test authority"): TestCa {
  const keys = newKeys();
  const certificate = blankCertificate(keys.publicKey, commonName, {});
  certificate.setIssuer(certificate.subject.attributes);
  certificate.setExtensions([
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    { name: "subjectKeyIdentifier" },
  ]);
  certificate.sign(keys.privateKey, forge.md.sha256.create());
  const issued = new Map<string, CertificatePair>();
  return {
    cert: forge.pki.certificateToPem(certificate),
    issue(options) {
      const known = issued.get(JSON.stringify(options)) ?? issue(options, certificate, keys.privateKey);
      issued.set(JSON.stringify(options), known);
      return known;
    },
  };
}

function issue(options: IssueOptions, ca: Certificate, caKey: PrivateKey): CertificatePair {
  const keys = newKeys();
  const certificate = blankCertificate(keys.publicKey, options.commonName, options);
  const usage = options.usage ?? "both";
  certificate.setIssuer(ca.subject.attributes);
  certificate.setExtensions([
    { name: "basicConstraints", cA: false, critical: true },
    { name: "keyUsage", digitalSignature: true, keyEncipherment: true, critical: true },
    { name: "extKeyUsage", serverAuth: usage !== "client", clientAuth: usage !== "server" },
    { name: "subjectAltName", altNames: (options.hosts ?? ["localhost", "127.0.0.1"]).map(altName) },
  ]);
  certificate.sign(caKey, forge.md.sha256.create());
  return { cert: forge.pki.certificateToPem(certificate), key: forge.pki.privateKeyToPem(keys.privateKey) };
}

/** A new RSA pair by Node's own generator: forge's, in JavaScript, takes seconds on a busy machine. 2048 bits is the least that TLS takes. */
function newKeys(): { readonly publicKey: PublicKey; readonly privateKey: PrivateKey } {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  return { publicKey: forge.pki.publicKeyFromPem(publicKey), privateKey: forge.pki.privateKeyFromPem(privateKey) };
}

function blankCertificate(
  publicKey: PublicKey,
  commonName: string,
  validity: Pick<IssueOptions, "notBefore" | "notAfter">,
): Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  certificate.serialNumber = `01${randomBytes(15).toString("hex")}`; // A leading 01 keeps the number positive.
  certificate.validity.notBefore = validity.notBefore ?? new Date(Date.now() - HOUR_MS);
  certificate.validity.notAfter = validity.notAfter ?? new Date(Date.now() + 60 * 24 * HOUR_MS);
  certificate.setSubject([{ name: "commonName", value: commonName }]);
  return certificate;
}

/** GeneralName types of RFC 5280: 2 is a DNS name, 7 an IP address. */
function altName(host: string): { type: number; value?: string; ip?: string } {
  return /^[\d.]+$|:/.test(host) ? { type: 7, ip: host } : { type: 2, value: host };
}
