import "../test/support/ignore_stray_socket_errors.ts";
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { startNatsServer } from "../sandbox/nats_server.ts";
import { createTempDir } from "../sandbox/temp_dir.ts";
import { runCliInProcess } from "../test/support/run_cli_in_process.ts";
import { loadPersonConfig } from "./action/open_bus.ts";
import { readNatsOverrides } from "./nats_access.ts";

/** A home with contexts of the `nats` program; `selected` stands in context.txt. */
async function createHome(contexts: Readonly<Record<string, object | string>>, selected = "") {
  const dir = await createTempDir("home");
  await mkdir(dir.file("nats/context"), { recursive: true });
  for (const [name, content] of Object.entries(contexts)) {
    await writeFile(
      dir.file(`nats/context/${name}.json`),
      typeof content === "string" ? content : JSON.stringify(content),
    );
  }
  if (selected !== "") await writeFile(dir.file("nats/context.txt"), `${selected}\n`);
  await writeFile(dir.file("agent.yaml"), "central_endpoint: nats://file:4222\nnats: {token_file: /file.token}\n");
  return dir;
}

const CONTEXTS = {
  plain: { url: "nats://plain:4222,nats://plain2:4222", description: "d", color_scheme: "" },
  login: { url: "ctx:4222", user: "ann", password: "p@ss/word", inbox_prefix: "_INBOX.ann", tls_first: true },
  token: { url: "nats://ctx:4222", token: "t%k" },
  creds: { url: "tls://ctx:4222", creds: "~/ctx.creds", ca: "/ctx-ca.pem", cert: "/c.pem", key: "/k.pem" },
  nkey: { url: "nats://ctx:4222", nkey: "/ctx.nk" },
  bare: { url: "" },
};

interface Row {
  readonly name: string;
  readonly env?: Record<string, string>;
  readonly selected?: string;
  readonly context?: string;
  readonly nats?: string;
  readonly creds?: string;
  readonly file?: true;
  readonly want: { readonly servers: readonly string[] } & Record<string, unknown>;
}

const LOGIN = "nats://ann:p%40ss%2Fword@";

const ROWS: readonly Row[] = [
  { name: "nothing is said: this machine", want: { servers: ["nats://127.0.0.1:4222"] } },
  { name: "NATS_URL", env: { NATS_URL: "a:4222, b:4222" }, want: { servers: ["nats://a:4222", "nats://b:4222"] } },
  {
    name: "CENTRAL_ENDPOINT stands over NATS_URL",
    env: { NATS_URL: "a:4222", CENTRAL_ENDPOINT: "own:4222" },
    want: { servers: ["nats://own:4222"] },
  },
  {
    name: "the file stands over NATS_URL",
    env: { NATS_URL: "a:1" },
    file: true,
    want: { servers: ["nats://file:4222"], token_file: "/file.token" },
  },
  {
    name: "NATS_USER with NATS_PASSWORD",
    env: { NATS_USER: "ann", NATS_PASSWORD: "p@ss/word", NATS_URL: "a:4222" },
    want: { servers: [`${LOGIN}a:4222`] },
  },
  {
    name: "NATS_TOKEN, with our own address",
    env: { NATS_TOKEN: "t%k", CENTRAL_ENDPOINT: "tls://own:4222" },
    want: { servers: ["tls://t%25k@own:4222"] },
  },
  {
    name: "NATS_CREDS",
    env: { NATS_CREDS: "/e.creds" },
    want: { servers: ["nats://127.0.0.1:4222"], credentials_file: "/e.creds" },
  },
  {
    name: "NATS_NKEY and the TLS files",
    env: { NATS_NKEY: "/e.nk", NATS_CA: "/e.pem" },
    want: { servers: ["nats://127.0.0.1:4222"], nkey_seed_file: "/e.nk", ca_file: "/e.pem" },
  },
  {
    name: "our own variable stands over NATS_CREDS",
    env: { NATS_CREDS: "/e.creds", NATS_NKEY_SEED_FILE: "/own.nk" },
    want: { servers: ["nats://127.0.0.1:4222"], nkey_seed_file: "/own.nk" },
  },
  { name: "the selected context", selected: "plain", want: { servers: ["nats://plain:4222", "nats://plain2:4222"] } },
  {
    name: "a selected context with a login",
    selected: "login",
    want: { servers: [`${LOGIN}ctx:4222`], inbox_prefix: "_INBOX.ann", handshake_first: true },
  },
  {
    name: "NATS_CONTEXT stands over the selected one",
    selected: "plain",
    env: { NATS_CONTEXT: "token" },
    want: { servers: ["nats://t%25k@ctx:4222"] },
  },
  {
    name: "NATS_URL with the login of the selected context, as nats does",
    selected: "nkey",
    env: { NATS_URL: "a:4222" },
    want: { servers: ["nats://a:4222"], nkey_seed_file: "/ctx.nk" },
  },
  {
    name: "a selected context's login never goes to our own address",
    selected: "nkey",
    env: { CENTRAL_ENDPOINT: "own:4222" },
    want: { servers: ["nats://own:4222"] },
  },
  { name: "nor to --nats", selected: "login", nats: "flag:4222", want: { servers: ["nats://flag:4222"] } },
  {
    name: "a context without an address is this machine's",
    context: "bare",
    want: { servers: ["nats://127.0.0.1:4222"] },
  },
  {
    name: "--context stands over variables and file, login included",
    context: "nkey",
    file: true,
    env: { CENTRAL_ENDPOINT: "own:4222", NATS_CREDENTIALS_FILE: "/own.creds", NATS_CREDS: "/e.creds" },
    want: { servers: ["nats://ctx:4222"], nkey_seed_file: "/ctx.nk" },
  },
  {
    name: "--context without a login takes none of the file's",
    context: "plain",
    file: true,
    want: { servers: ["nats://plain:4222", "nats://plain2:4222"] },
  },
  {
    name: "--nats with --context: its address, the context's login",
    context: "login",
    nats: "flag:4222",
    want: { servers: [`${LOGIN}flag:4222`], inbox_prefix: "_INBOX.ann", handshake_first: true },
  },
  {
    name: "--creds with --context",
    context: "nkey",
    creds: "/flag.creds",
    want: { servers: ["nats://ctx:4222"], credentials_file: "/flag.creds" },
  },
  {
    name: "a context's files, from the home",
    context: "creds",
    env: { HOME: "/home/ann" },
    want: {
      servers: ["tls://ctx:4222"],
      credentials_file: "/home/ann/ctx.creds",
      ca_file: "/ctx-ca.pem",
      cert_file: "/c.pem",
      key_file: "/k.pem",
    },
  },
  {
    name: "--context is a name, whatever was selected and is broken",
    selected: "gone",
    context: "token",
    want: { servers: ["nats://t%25k@ctx:4222"] },
  },
  {
    name: "a broken selection is no matter where it is not needed",
    selected: "gone",
    nats: "flag:4222",
    want: { servers: ["nats://flag:4222"] },
  },
];

const context = (env: Record<string, string>, stderr: string[] = []) => ({
  env,
  stdout: { write: () => true },
  stderr: { write: (text: string) => stderr.push(text) > 0 },
  stdin: Object.assign((async function* () {})(), { isTTY: false }),
  signal: new AbortController().signal,
  setExitCode: () => {},
  endInOrder: () => {},
});

for (const row of ROWS) {
  Deno.test(`how people reach NATS: ${row.name}`, async () => {
    await using home = await createHome(CONTEXTS, row.selected);
    const options = {
      ...(row.file ? { config: home.file("agent.yaml") } : {}),
      ...(row.context === undefined ? {} : { context: row.context }),
      flags: readNatsOverrides({
        ...(row.nats === undefined ? {} : { nats: [row.nats] }),
        ...(row.creds === undefined ? {} : { creds: row.creds }),
      }),
    };
    const config = await loadPersonConfig(context({ XDG_CONFIG_HOME: home.path, ...row.env }), options);
    const { tls, credentials_file, nkey_seed_file, token_file, user, password_file, inbox_prefix } = config.nats;
    const { ca_file, cert_file, key_file, handshake_first } = tls;
    const found = {
      servers: config.central_endpoint,
      ...{ credentials_file, nkey_seed_file, token_file, user, password_file, ca_file, cert_file, key_file },
      inbox_prefix: inbox_prefix === "_INBOX" ? undefined : inbox_prefix,
      handshake_first: handshake_first || undefined,
    };
    assert.deepEqual(JSON.parse(JSON.stringify(found)), row.want);
  });
}

const BROKEN: readonly {
  readonly name: string;
  readonly args: readonly string[];
  readonly selected?: string;
  readonly want: RegExp;
}[] = [
  {
    name: "an unknown name",
    args: ["--context", "prud"],
    want: /^There is no NATS context "prud"; there are json, nsc, store\n$/,
  },
  {
    name: "a path for a name",
    args: ["--context", "../../etc/passwd"],
    want: /^There is no NATS context "\.\.\/\.\.\/etc\/passwd"/,
  },
  { name: "a selected one that is gone", args: [], selected: "gone", want: /^There is no NATS context "gone"/ },
  { name: "no JSON", args: ["--context", "json"], want: /json\.json: it is not a context in JSON/ },
  { name: "a login through nsc", args: ["--context", "nsc"], want: /nsc in .* is not known here; give --nats/ },
  { name: "a secret store", args: ["--context", "store"], want: /creds in .* is not known here/ },
];

for (const { name, args, selected, want } of BROKEN) {
  Deno.test(`a NATS context that can't be used: ${name}`, async () => {
    const contexts = {
      json: "s3cret",
      nsc: { nsc: "nsc://a/b/c", password: "s3cret" },
      store: { creds: "op://v/s3cret" },
    };
    await using home = await createHome(contexts, selected);
    const run = await runCliInProcess(["send-event", ...args], { env: { XDG_CONFIG_HOME: home.path } });
    assert.equal(run.exitCode, 78, run.stderr);
    assert.match(run.stderr, want);
    assert.ok(!run.stderr.includes("s3cret"), run.stderr);
  });
}

Deno.test("a NATS context's user and password reach the server, and its JetStream domain is said to be left out", async () => {
  await using server = await startNatsServer({ config: "authorization {user: ann, password: s3cret}" });
  const auth = { url: server.url, user: "ann", jetstream_domain: "hub" };
  await using home = await createHome({
    right: { ...auth, password: "s3cret" },
    wrong: { ...auth, password: "s3cret-not" },
  });
  const env = { XDG_CONFIG_HOME: home.path };
  const sent = await runCliInProcess(["send-event", "--context", "right"], { env });
  assert.equal(sent.exitCode, 0, sent.stderr);
  assert.equal(sent.stderr, "The NATS context right sets jetstream_domain, which is not followed here\n");
  const refused = await runCliInProcess(["send-event", "--context", "wrong"], { env });
  assert.equal(refused.exitCode, 77, refused.stderr);
  assert.ok(!refused.stderr.includes("s3cret"), refused.stderr);
  const checked = await runCliInProcess(["validate-config", "--connect", "--effective", "--nats-context", "right"], {
    env,
  });
  assert.match(checked.stdout, /central_endpoint: .*\*\*\*@127/);
  assert.match(checked.stderr, /names no central_endpoint, which agent run needs; trying NATS context .*right\.json/);
  assert.ok(!(checked.stdout + checked.stderr).includes("s3cret"), checked.stdout);
});

Deno.test("agent run and validate-config know no NATS_URL and no context", async () => {
  await using home = await createHome(CONTEXTS, "plain");
  const env = { XDG_CONFIG_HOME: home.path, NATS_URL: "nats://127.0.0.1:1", NATS_USER: "ann", NATS_PASSWORD: "s3cret" };
  for (const command of ["run", "validate-config"]) {
    const run = await runCliInProcess([command], { env });
    assert.equal(run.exitCode, 78, run.stderr);
    assert.match(run.stdout + run.stderr, /central_endpoint: must be set/);
    assert.match(run.stdout + run.stderr, /nats: must be set together with password_file|user/);
    assert.ok(!(run.stdout + run.stderr).includes("s3cret"), run.stderr);
  }
});

for (const { env, want } of [{ env: {}, want: 1 }, { env: { NATS_URL: "127.0.0.1:4222" }, want: 0 }]) {
  Deno.test(`that no address was given is told ${want} times with ${JSON.stringify(env)}`, async () => {
    let told = 0;
    await loadPersonConfig(context(env), { flags: [] }, () => told++);
    assert.equal(told, want);
  });
}
