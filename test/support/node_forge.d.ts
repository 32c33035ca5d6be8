/**
 * The part of node-forge that `certificates.ts` uses. The published types bring a second copy of Node's own types with
 * them, and the two disagree.
 */
declare namespace forge {
  interface PublicKey {
    readonly n: unknown;
  }
  interface PrivateKey {
    readonly d: unknown;
  }
  interface Attribute {
    readonly name: string;
    readonly value: string;
  }
  interface Certificate {
    publicKey: PublicKey;
    serialNumber: string;
    validity: { notBefore: Date; notAfter: Date };
    readonly subject: { readonly attributes: readonly Attribute[] };
    setSubject(attributes: readonly Attribute[]): void;
    setIssuer(attributes: readonly Attribute[]): void;
    setExtensions(extensions: readonly Readonly<Record<string, unknown>>[]): void;
    sign(key: PrivateKey, digest: unknown): void;
  }
}

declare const forge: {
  readonly pki: {
    readonly rsa: {
      generateKeyPair(options: { bits: number }): { publicKey: forge.PublicKey; privateKey: forge.PrivateKey };
    };
    createCertificate(): forge.Certificate;
    certificateToPem(certificate: forge.Certificate): string;
    privateKeyToPem(key: forge.PrivateKey): string;
  };
  readonly md: { readonly sha256: { create(): unknown } };
};
export default forge;
