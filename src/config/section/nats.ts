import * as z from "zod/mini";
import { between, booleanField, bytesField, described, pathField, textField, wordField } from "../field.ts";

const tlsSchema = described(
  z.strictObject({
    ca_file: z.optional(pathField({
      description: "CA certificates (PEM) that verify the server's certificate, instead of the system's.",
    })),
    cert_file: z.optional(pathField({ description: "The client's certificate (PEM)." })),
    key_file: z.optional(pathField({ description: "The client's private key (PEM).", hideWhenRefused: true })),
    server_name: z.optional(textField({
      description: "The name to expect in the server's certificate, if it is not the address's host.",
      allowed: "a host name, no address",
      pattern: /^(?=.{1,253}$)(?!\d+(?:\.\d+){3}$)[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/,
    })),
    handshake_first: booleanField({
      description: "Start TLS before the server's greeting, as with `handshake_first` in its configuration.",
      default: false,
    }),
  })
    .check(z.refine(
      (tls) => (tls.cert_file === undefined) === (tls.key_file === undefined),
      between(["cert_file"], "set together with key_file"),
    )),
  "TLS is used if an address or the server requires it, or if one of these is set. Files are read again at each connection.",
);

/** Keys that name a way to prove who the agent is; one way at most may be set. */
export const AUTHENTICATION_KEYS = [
  "credentials_file",
  "nkey_seed_file",
  "token_file",
  "user",
  "password_file",
] as const;

/** The authentication forms that are set in `nats`, user and password counted as one. */
export function authenticationForms(
  nats: { readonly [K in (typeof AUTHENTICATION_KEYS)[number]]?: unknown },
): string[] {
  const forms: string[] = (["credentials_file", "nkey_seed_file", "token_file"] as const)
    .filter((key) => nats[key] !== undefined);
  if (nats.user !== undefined || nats.password_file !== undefined) forms.push("user and password_file");
  return forms;
}

/** How to reach NATS, and how messages are delivered. */
export const natsSchema = described(
  z.strictObject({
    tls: z.prefault(tlsSchema, {}),
    credentials_file: z.optional(
      pathField({ description: "A NATS credentials file (JWT and seed).", hideWhenRefused: true }),
    ),
    nkey_seed_file: z.optional(pathField({ description: "A file with an NKey seed.", hideWhenRefused: true })),
    token_file: z.optional(pathField({ description: "A file with a token.", hideWhenRefused: true })),
    user: z.optional(textField({
      description: "User name; `password_file` belongs to it.",
      allowed: "a text of 1 to 256 printable characters",
      pattern: /^\P{C}{1,256}$/u,
    })),
    password_file: z.optional(pathField({ description: "A file with the user's password.", hideWhenRefused: true })),
    inbox_prefix: z.prefault(
      textField({
        description: "The beginning of reply subjects, if an account gives each user an inbox of its own. " +
          "`auto`: `_INBOX.<cluster_id>`.",
        allowed: "auto, or a subject without wildcards",
        pattern: /^[^\s.*>$][^\s.*>]{0,100}(?:\.[^\s.*>]{1,200}){0,8}$/,
      }),
      "_INBOX",
    ),
    delivery: wordField({
      description: "`core`: confirmed by a flush round trip. `jetstream`: confirmed by a stream's acknowledgement.",
      words: ["core", "jetstream"],
      default: "core",
    }),
    stream: z.prefault(
      textField({
        description: "The stream to expect with `delivery: jetstream`. Empty: whichever covers the subjects.",
        allowed: "a stream name of letters, digits, - and _",
        pattern: /^[A-Za-z0-9_-]{0,255}$/,
      }),
      "",
    ),
    cloud_events: booleanField({
      description:
        "Add headers that make each event, update, metrics report and result a CloudEvent (`ce-id`, `ce-type`, …). " +
        "Not with `compression` or `events.batch`.",
      default: false,
    }),
    compression: z.prefault(
      described(
        z.strictObject({
          algorithm: wordField({
            description: "Compress message bodies. An old central program can't read them, so it is off by default.",
            words: ["none", "gzip"],
            default: "none",
          }),
          min_bytes: bytesField({
            description: "Smaller bodies are not compressed.",
            min: "128",
            max: "64Mi",
            default: "1Ki",
          }),
        }),
        "Compression of message bodies.",
      ),
      {},
    ),
  }).check(
    z.refine((nats) => (nats.user === undefined) === (nats.password_file === undefined), {
      ...between(["user"], "set together with password_file"),
    }),
    z.refine((nats) => nats.cloud_events !== true || nats.compression?.algorithm !== "gzip", {
      ...between(["cloud_events"], "false while compression.algorithm is gzip: readers of CloudEvents do not unpack"),
    }),
    z.refine((nats) => authenticationForms(nats).length <= 1, {
      ...between(
        [],
        "given one way to authenticate at most: credentials_file, nkey_seed_file, token_file, or user with password_file",
      ),
    }),
  ),
  "The connection to NATS. Secrets are read from files, again at each connection, so that you can rotate them.",
);
