/** How to reach and authenticate to NATS. Files are read anew at each connect, so that rotation needs no restart. */
export interface BusOptions {
  /** Addresses: `nats://`, `tls://`, `ws://` or `wss://`, with host and port. */
  readonly servers: readonly string[];
  /** The connection's name on the server's monitoring pages. */
  readonly name: string;
  readonly auth: BusAuth;
  /** By the address, where some differ from `auth`. */
  readonly ownAuth?: ReadonlyMap<string, BusAuth>;
  /** What the subjects of answers to this connection begin with, `_INBOX` unless an account gives each its own. */
  readonly inboxPrefix: string;
  readonly tls: BusTls | null;
}

export type BusAuth =
  | { readonly kind: "none" }
  | { readonly kind: "credentials"; readonly file: string }
  | { readonly kind: "nkey"; readonly seedFile: string }
  | { readonly kind: "token"; readonly file: string }
  | { readonly kind: "user_password"; readonly user: string; readonly passwordFile: string }
  /** From the address itself; the only forms that hold a secret. */
  | { readonly kind: "address_password"; readonly user: string; readonly password: string }
  | { readonly kind: "address_token"; readonly token: string };

export interface BusTls {
  readonly caFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
  /** The name to expect in the server's certificate, when it differs from the address. */
  readonly serverName: string | null;
  /** TLS comes before the server's greeting, as with `handshake_first` in its configuration. */
  readonly handshakeFirst: boolean;
}
