import { Option } from "@commander-js/extra-typings";
import { resolve } from "node:path";
import type { Override } from "../src/config/origin.ts";

/** What `NATS_OPTIONS` hold once they are parsed. */
interface NatsOptions {
  readonly nats?: readonly string[];
  /** A context of the `nats` program; the subcommands that people use have it, `agent run` has not. */
  readonly context?: string;
  readonly creds?: string;
  readonly nkey?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/** commander calls it for each occurrence of a repeatable option. */
function appendAddresses(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...before ?? [], ...value.split(",")];
}

/** The options that say how to reach NATS, for `addOption`: a generic function over commands takes the type checker minutes. */
export const NATS_OPTIONS = {
  nats: new Option("--nats <url>", "NATS address; repeatable, comma lists too (default: CENTRAL_ENDPOINT)")
    .argParser(appendAddresses),
  context: new Option("--context <name>", "context of the nats program (default: NATS_CONTEXT, or the selected one)"),
  creds: new Option("--creds <file>", "NATS credentials file (default: NATS_CREDENTIALS_FILE)"),
  nkey: new Option("--nkey <file>", "file with an NKey seed (default: NATS_NKEY_SEED_FILE)"),
  tlsCa: new Option(
    "--tls-ca <file>",
    "CA certificates (PEM) that verify the server's (default: NATS_CA_FILE, or the system's)",
  ),
  tlsCert: new Option("--tls-cert <file>", "client certificate, PEM (default: NATS_CERT_FILE)"),
  tlsKey: new Option("--tls-key <file>", "its key, PEM (default: NATS_KEY_FILE)"),
};

/** The files among the options, and the keys they set. */
const FILE_OPTIONS = [
  { option: "creds", flag: "--creds", path: ["nats", "credentials_file"] },
  { option: "nkey", flag: "--nkey", path: ["nats", "nkey_seed_file"] },
  { option: "tlsCa", flag: "--tls-ca", path: ["nats", "tls", "ca_file"] },
  { option: "tlsCert", flag: "--tls-cert", path: ["nats", "tls", "cert_file"] },
  { option: "tlsKey", flag: "--tls-key", path: ["nats", "tls", "key_file"] },
] as const;

/** What the options set in the configuration. Paths are taken from the working folder, as a shell does. */
export function readNatsOverrides(options: NatsOptions): Override[] {
  const overrides: Override[] = [];
  if (options.nats !== undefined) {
    overrides.push({ path: ["central_endpoint"], value: options.nats, origin: { kind: "flag", flag: "--nats" } });
  }
  for (const { option, flag, path } of FILE_OPTIONS) {
    const file = options[option];
    if (file !== undefined) overrides.push({ path, value: resolve(file), origin: { kind: "flag", flag } });
  }
  return overrides;
}
