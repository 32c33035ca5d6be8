import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as z from "zod/mini";
import { AgentError } from "../src/lifecycle/errors.ts";
import { fileProblem } from "../src/lifecycle/file_problem.ts";
import { printable } from "./printable.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** A context of the `nats` program: how to reach one NATS system. Texts are "" where the file says nothing. */
export interface NatsContext {
  readonly name: string;
  readonly file: string;
  readonly url: string;
  readonly auth: NatsContextAuth;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly tlsFirst: boolean;
  readonly inboxPrefix: string;
  /** Fields that are set and that nobody here follows: what they would change is not changed. */
  readonly unused: readonly string[];
}

export type NatsContextAuth =
  | { readonly kind: "none" }
  | { readonly kind: "credentials"; readonly file: string }
  | { readonly kind: "nkey"; readonly file: string }
  | { readonly kind: "user_password"; readonly user: string; readonly password: string }
  | { readonly kind: "token"; readonly token: string };

const text = () => z._default(z.string(), "");

/** The fields of `settings` in natscontext of nats-io/jsm.go that say how to connect; others are passed over. */
const fileSchema = z.object({
  url: text(),
  token: text(),
  user: text(),
  password: text(),
  creds: text(),
  nkey: text(),
  cert: text(),
  key: text(),
  ca: text(),
  nsc: text(),
  user_jwt: text(),
  socks_proxy: text(),
  inbox_prefix: text(),
  jetstream_domain: text(),
  jetstream_api_prefix: text(),
  tls_first: z._default(z.boolean(), false),
});
type ContextFile = z.output<typeof fileSchema>;

/** Ways to connect that are not known here: with any of them the context can't be used. */
const UNSUPPORTED = ["nsc", "user_jwt", "socks_proxy"] as const;
const UNUSED = ["jetstream_domain", "jetstream_api_prefix"] as const;

/** The folder in which the `nats` program keeps its contexts. */
function natsFolder(env: Env): string | null {
  if (env.XDG_CONFIG_HOME) return join(env.XDG_CONFIG_HOME, "nats");
  return env.HOME ? join(env.HOME, ".config", "nats") : null;
}

/** The names of all contexts, sorted; none where there is no folder. */
export async function listNatsContexts(env: Env): Promise<readonly string[]> {
  const folder = natsFolder(env);
  const files = folder === null ? [] : await readdir(join(folder, "context")).catch(() => []);
  return files.filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -".json".length)).sort();
}

/** The name of the context that `NATS_CONTEXT` names or `nats context select` chose; `null` where there is none. */
export async function selectedNatsContext(env: Env): Promise<string | null> {
  if (env.NATS_CONTEXT) return env.NATS_CONTEXT;
  const folder = natsFolder(env);
  if (folder === null) return null;
  const name = await readFile(join(folder, "context.txt"), "utf8").catch(() => "");
  return name.trim() || null;
}

/** Reads one context. Rejects as `bad_configuration`, never with what a file holds: it may be a secret. */
export async function readNatsContext(env: Env, name: string): Promise<NatsContext> {
  const folder = natsFolder(env);
  // A name is a file's name, as `nats` has it: it leads nowhere else.
  if (folder === null || name === "" || name.includes("..") || /[/\\]/.test(name)) {
    throw await unknownContext(env, name);
  }
  const file = join(folder, "context", `${name}.json`);
  const content = await readFile(file, "utf8").catch(async (cause) => {
    if (cause.code === "ENOENT") throw await unknownContext(env, name);
    throw new AgentError("bad_configuration", `Cannot read the NATS context ${file}: ${fileProblem("read", cause)}`, {
      cause,
    });
  });
  const fields = parseFile(content);
  if (fields === null) {
    throw new AgentError(
      "bad_configuration",
      `Cannot use the NATS context ${file}: it is not a context in JSON; fix it with \`nats context edit\`, or use --nats instead`,
    );
  }
  // Newer versions of `nats` take addresses of secret stores as `creds`.
  const stored = /^[a-z][a-z0-9+.-]{1,20}:\/\//i.test(fields.creds) ? ["creds"] : [];
  const foreign = [...stored, ...UNSUPPORTED.filter((field) => fields[field] !== "")];
  if (foreign.length > 0) {
    throw new AgentError(
      "bad_configuration",
      `Cannot use the NATS context ${printable(name)}: ${foreign.join(" and ")} in ${file} ` +
        "is not known here; give --nats, with --creds or --nkey",
    );
  }
  return toContext(name, file, fields, env.HOME ?? "");
}

async function unknownContext(env: Env, name: string): Promise<AgentError> {
  const names = await listNatsContexts(env);
  const known = names.length === 0
    ? `none is in ${join(natsFolder(env) ?? "~/.config/nats", "context")}`
    : `there are ${names.slice(0, 20).map(printable).join(", ")}`;
  return new AgentError("bad_configuration", `There is no NATS context "${printable(name)}"; ${known}`);
}

function parseFile(content: string): ContextFile | null {
  try {
    return fileSchema.parse(JSON.parse(content));
  } catch {
    return null;
  }
}

function toContext(name: string, file: string, fields: ContextFile, home: string): NatsContext {
  const path = (written: string) => {
    if (written === "") return "";
    return resolve(written.startsWith("~/") ? join(home, written.slice(2)) : written);
  };
  return {
    name,
    file,
    url: fields.url,
    auth: authOf(fields, path),
    caFile: path(fields.ca),
    certFile: path(fields.cert),
    keyFile: path(fields.key),
    tlsFirst: fields.tls_first,
    inboxPrefix: fields.inbox_prefix,
    unused: UNUSED.filter((field) => fields[field] !== ""),
  };
}

/** In the order in which `nats` tries them. */
function authOf(
  { user, password, creds, nkey, token }: ContextFile,
  path: (written: string) => string,
): NatsContextAuth {
  if (user !== "") return { kind: "user_password", user, password };
  if (creds !== "") return { kind: "credentials", file: path(creds) };
  if (nkey !== "") return { kind: "nkey", file: path(nkey) };
  return token === "" ? { kind: "none" } : { kind: "token", token };
}
