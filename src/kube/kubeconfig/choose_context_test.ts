import assert from "node:assert/strict";
import { AgentError } from "../../lifecycle/errors.ts";
import { chooseContext } from "./choose_context.ts";
import { parseKubeconfig } from "./parse_kubeconfig.ts";

const ONE = `
current-context: one
clusters: [{name: c, cluster: {server: "https://one.example:6443/", certificate-authority: ca.crt}}]
users: [{name: u, user: {token: a}}]
contexts:
- {name: one, context: {cluster: c, user: u, namespace: team}}
- {name: nobody, context: {cluster: c}}
- {name: unknown, context: {cluster: c, user: zz}}
- {name: split, context: {cluster: d, user: u}}
`;
const TWO = `
current-context: two
clusters: [{name: c, cluster: {server: "https://two.example"}}, {name: d, cluster: {server: "https://two.example"}}]
users: [{name: u, user: {token: b, username: x}}, {name: v, user: {tokenFile: tokens/v, client-key: /abs/key}}]
contexts: [{name: two, context: {cluster: d, user: v}}]
`;

/** The files in this order, as they would lie in folders of their own. */
const files = (...texts: readonly string[]) =>
  texts.map((text, index) => parseKubeconfig(text, `/home/${index}/config`));

const CHOSEN = [
  {
    name: "the first file's current context, and of each name the first file's part as a whole",
    given: [ONE, TWO],
    wanted: null,
    want: { server: "https://one.example:6443", file: "/home/0/config", namespace: "team", user: { token: "a" } },
  },
  {
    name: "the first of the files that choose one, empty files aside",
    given: ["", "# nothing\n", "current-context: ''", ONE],
    wanted: null,
    want: { server: "https://one.example:6443", file: "/home/3/config", namespace: "team" },
  },
  {
    name: "a context of the second file",
    given: [ONE, TWO],
    wanted: "two",
    want: { server: "https://two.example", file: "/home/1/config", namespace: null },
  },
  {
    name: "a context whose parts stand in several files, which no one file could tell kubectl",
    given: [ONE, TWO],
    wanted: "split",
    want: { server: "https://two.example", file: null, user: { token: "a" } },
  },
  { name: "a context of nobody", given: [ONE], wanted: "nobody", want: { user: {}, file: "/home/0/config" } },
  { name: "a context of somebody who is not there, as of nobody", given: [ONE], wanted: "unknown", want: { user: {} } },
];

for (const { name, given, wanted, want } of CHOSEN) {
  Deno.test(`kubeconfig: it takes ${name}`, () => {
    const { server, file, namespace, user } = chooseContext(files(...given), wanted);
    assert.partialDeepStrictEqual({ server, file, namespace, user }, want);
    if ("user" in want && Object.keys(want.user ?? {}).length === 0) assert.deepEqual(user, {});
  });
}

Deno.test("kubeconfig: paths are beside the file that they stand in, and a bare command is for $PATH", () => {
  const { cluster } = chooseContext(files(ONE, TWO), null);
  assert.equal(cluster["certificate-authority"], "/home/0/ca.crt");
  const { user } = chooseContext(files(ONE, TWO), "two");
  assert.deepEqual([user.tokenFile, user["client-key"]], ["/home/1/tokens/v", "/abs/key"]);
  const command = (given: string) => {
    const exec = `{apiVersion: client.authentication.k8s.io/v1, command: ${given}}`;
    return chooseContext(files(configOf(`exec: ${exec}`)), null).user.exec?.command;
  };
  assert.deepEqual(["./bin/plugin", "plugin", "/opt/plugin", "../p"].map(command), [
    "/home/0/bin/plugin",
    "plugin",
    "/opt/plugin",
    "/home/p",
  ]);
});

function configOf(user: string, cluster = 'server: "https://a.example"'): string {
  return `
current-context: a
clusters: [{name: a, cluster: {${cluster}}}]
users: [{name: a, user: {${user}}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
`;
}

const EXEC_V1 = "apiVersion: client.authentication.k8s.io/v1";
const REFUSED = [
  { name: "two ways to log in", user: "token: s3cret, username: a", want: /has a token and a password/ },
  { name: "groups of nobody", user: "as-groups: [s3cret]", want: /without as;/ },
  { name: "a uid of nobody", user: 'as-uid: "42"', want: /without as;/ },
  {
    name: "a uid that is a number",
    user: "as: a, as-uid: 42",
    want: /: user\.as-uid is not a text; put a number in quotes;/,
  },
  { name: "groups that are no list", user: "as: a, as-groups: s3cret", want: /: user\.as-groups is not a list;/ },
  { name: "a certificate without a key", user: "client-certificate: s3cret", want: /without a client-key;/ },
  { name: "a plugin without a command", user: `exec: {${EXEC_V1}}`, want: /exec without a command;/ },
  { name: "a plugin without a version", user: "exec: {command: s3cret}", want: /exec with another apiVersion than/ },
  {
    name: "a plugin of a version that is gone",
    user: "exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: s3cret}",
    want: /exec with another apiVersion than/,
  },
  {
    name: "a plugin that must be answered",
    user: `exec: {${EXEC_V1}, command: s3cret, interactiveMode: Always}`,
    want: /interactiveMode Always/,
  },
  { name: "a server that is no URL", user: "", cluster: 'server: "https://a b s3cret"', want: /server is not a URL;/ },
  { name: "a server of another kind", user: "", cluster: 'server: "ftp://s3cret"', want: /server is not a URL;/ },
  {
    name: "a certificate that is no Base64",
    user: 'client-certificate-data: "s3cret!", client-key-data: AAAA',
    want: /: user\.client-certificate-data is not Base64;/,
  },
  {
    name: "a CA that is no Base64",
    user: "",
    cluster: 'server: "https://a", certificate-authority-data: "s3cret!"',
    want: /: cluster\.certificate-authority-data is not Base64;/,
  },
  {
    name: "a CA that is not asked",
    user: "",
    cluster: 'server: "https://a", certificate-authority: s3cret, insecure-skip-tls-verify: true',
    want: /certificate-authority and insecure-skip-tls-verify; only one/,
  },
  {
    name: "a proxy of another kind",
    user: "",
    cluster: 'server: "https://a", proxy-url: "ftp://s3cret"',
    want: /proxy-url is not a URL that begins with http:/,
  },
  {
    name: "a proxy that is no URL",
    user: "",
    cluster: 'server: "https://a", proxy-url: "::s3cret"',
    want: /proxy-url/,
  },
  {
    name: "an auth-provider that is gone",
    user: "auth-provider: {name: gcp, config: {access-token: s3cret}}",
    want: /auth-provider "gcp", which Kubernetes no longer has; use an exec plugin, gke-gcloud-auth-plugin;/,
  },
  { name: "no server", user: "", cluster: "proxy-url: s3cret", want: /no cluster with a server for its context "a"/ },
];

for (const { name, user, cluster, want } of REFUSED) {
  Deno.test(`kubeconfig: ${name} is refused in words, without a value`, () => {
    assert.throws(() => chooseContext(files(configOf(user, cluster)), null), (error) => {
      assert.ok(error instanceof AgentError && error.kind === "bad_input");
      assert.match(error.message, want);
      assert.doesNotMatch(error.message, /s3cret/);
      return true;
    });
  });
}

Deno.test("kubeconfig: a context that is not there is told with those that are", () => {
  assert.throws(
    () => chooseContext(files(ONE, TWO), "three"),
    /no context "three"; choose one with --context: it has one, nobody, unknown, split, two$/,
  );
});

Deno.test("kubeconfig: a server without a scheme has TLS where something says so", () => {
  const server = (cluster: string, user = "") => chooseContext(files(configOf(user, cluster)), null).server;
  assert.equal(server("server: 'a.example:6443'"), "http://a.example:6443");
  assert.equal(server("server: 'a.example:6443', insecure-skip-tls-verify: true"), "https://a.example:6443");
  assert.equal(server("server: 'a.example', certificate-authority: ca.crt"), "https://a.example");
  assert.equal(server("server: 'https://a.example/k8s/clusters/c-m-abc/'"), "https://a.example/k8s/clusters/c-m-abc");
});
