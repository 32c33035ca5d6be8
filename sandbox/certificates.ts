// @ts-types="./node_forge.d.ts"
import forge, { type Asn1, type Certificate, type PrivateKey, type PublicKey } from "node-forge";
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
  /** Of the certificate's own key; default RSA. A server proves itself with P-256 at a third of the cost. */
  readonly key?: "rsa" | "p256";
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
  if (options.key === "p256") return withP256Key(certificate, caKey);
  return { cert: forge.pki.certificateToPem(certificate), key: forge.pki.privateKeyToPem(keys.privateKey) };
}

/** Where RFC 5280 puts the key into what is signed, and what is signed into the certificate. */
const TBS = { certificate: 0, publicKey: 6 };

/** The same certificate for a new P-256 key: forge signs with RSA, and knows no curves to be the subject's. */
function withP256Key(certificate: Certificate, caKey: PrivateKey): CertificatePair {
  const { publicKey, privateKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const { asn1, md, pki, util } = forge;
  const [, algorithm] = childrenOf(pki.certificateToAsn1(certificate));
  const tbs = childrenOf(pki.certificateToAsn1(certificate))[TBS.certificate];
  if (tbs === undefined || algorithm === undefined) throw new Error("forge made no certificate");
  childrenOf(tbs)[TBS.publicKey] = asn1.fromDer(publicKey.toString("latin1"));
  const digest = md.sha256.create();
  digest.update(asn1.toDer(tbs).getBytes());
  // A bit string begins with the number of bits that are not used in its last byte.
  const signature = asn1.create(asn1.Class.UNIVERSAL, asn1.Type.BITSTRING, false, `\0${caKey.sign(digest)}`);
  const whole = asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, [tbs, algorithm, signature]);
  const base64 = util.encode64(asn1.toDer(whole).getBytes(), 64).replaceAll("\r", "").trim();
  return { cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`, key: privateKey };
}

function childrenOf(node: Asn1): Asn1[] {
  if (!Array.isArray(node.value)) throw new Error("a value where there should be a sequence");
  return node.value;
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
