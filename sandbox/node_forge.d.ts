/**
 * The part of node-forge that `certificates.ts` uses. The published types bring a second copy of Node's own types with
 * them, and the two disagree.
 */
export interface PublicKey {
  readonly n: unknown;
}
export interface PrivateKey {
  readonly d: unknown;
}
export interface Attribute {
  readonly name: string;
  readonly value: string;
}
export interface Certificate {
  publicKey: PublicKey;
  serialNumber: string;
  validity: { notBefore: Date; notAfter: Date };
  readonly subject: { readonly attributes: readonly Attribute[] };
  setSubject(attributes: readonly Attribute[]): void;
  setIssuer(attributes: readonly Attribute[]): void;
  setExtensions(extensions: readonly Readonly<Record<string, unknown>>[]): void;
  sign(key: PrivateKey, digest: unknown): void;
}

declare const forge: {
  readonly pki: {
    publicKeyFromPem(pem: string): PublicKey;
    privateKeyFromPem(pem: string): PrivateKey;
    createCertificate(): Certificate;
    certificateToPem(certificate: Certificate): string;
    privateKeyToPem(key: PrivateKey): string;
  };
  readonly md: { readonly sha256: { create(): unknown } };
};
export default forge;
