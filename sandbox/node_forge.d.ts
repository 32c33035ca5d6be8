/**
 * The part of node-forge that `certificates.ts` uses. The published types bring a second copy of Node's own types with
 * them, and the two disagree.
 */
export interface PublicKey {
  readonly n: unknown;
}
export interface Digest {
  update(bytes: string): void;
}
export interface PrivateKey {
  readonly d: unknown;
  /** The signature, a byte a character. */
  sign(digest: Digest): string;
}
/** A node of ASN.1: bytes, one a character, or nodes. */
export interface Asn1 {
  readonly value: string | Asn1[];
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
  sign(key: PrivateKey, digest: Digest): void;
}

declare const forge: {
  readonly pki: {
    publicKeyFromPem(pem: string): PublicKey;
    privateKeyFromPem(pem: string): PrivateKey;
    createCertificate(): Certificate;
    certificateToPem(certificate: Certificate): string;
    certificateToAsn1(certificate: Certificate): Asn1;
    privateKeyToPem(key: PrivateKey): string;
  };
  readonly md: { readonly sha256: { create(): Digest } };
  readonly asn1: {
    readonly Class: { readonly UNIVERSAL: number };
    readonly Type: { readonly BITSTRING: number; readonly SEQUENCE: number };
    create(tagClass: number, type: number, constructed: boolean, value: string | Asn1[]): Asn1;
    fromDer(bytes: string): Asn1;
    toDer(node: Asn1): { getBytes(): string };
  };
  readonly util: { encode64(bytes: string, lineLength: number): string };
};
export default forge;
