import assert from "node:assert/strict";
import fc from "fast-check";
import { redactOutput } from "./redact_output.ts";
import type { RedactionCounts } from "./redaction.ts";

const PEM = `-----BEGIN RSA PRIVATE KEY-----\n${"MIIEpAIBAAKCAQEA7bq1\n".repeat(4)}-----END RSA PRIVATE KEY-----`;
const JWT = "eyJhbGciOiJSUzI1NiIsImtpZCI6IiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJlLWJ5dGVz";
const GIT = "gh" + "p_" + "a1B2".repeat(9);
const SLACK = "xox" + "b-123456789012-abcdefABCDEF";
const AWS = "AKI" + "AIOSFODNN7EXAMPLE";

const SECRETS: readonly { name: string; given: string; want: string; counts: RedactionCounts; cut?: boolean }[] = [
  { name: "a key block", given: `a\n${PEM}\nb`, want: "a\n[REDACTED:private_key]\nb", counts: { private_key: 1 } },
  {
    name: "a key block escaped in JSON",
    given: `{"k":"${PEM.replaceAll("\n", "\\n")}","x":1}`,
    want: `{"k":"[REDACTED:private_key]","x":1}`,
    counts: { private_key: 1 },
  },
  {
    name: "a key block that the limit cut",
    given: PEM.slice(0, 80),
    want: "[REDACTED:private_key]",
    counts: { private_key: 1 },
    cut: true,
  },
  {
    name: "the end of a key block that --tail left",
    given: `log line\n${PEM.slice(32)}\nnext`,
    want: "log line\n[REDACTED:private_key]\nnext",
    counts: { private_key: 1 },
  },
  {
    name: "the end of a key block at the very beginning, cut within a line",
    given: `${PEM.slice(50)}\nnext`,
    want: "[REDACTED:private_key]\nnext",
    counts: { private_key: 1 },
  },
  {
    name: "two key blocks",
    given: `${PEM}\nmid.\n${PEM}`,
    want: "[REDACTED:private_key]\nmid.\n[REDACTED:private_key]",
    counts: { private_key: 2 },
  },
  { name: "a JWT", given: `got ${JWT}, ok`, want: "got [REDACTED:jwt], ok", counts: { jwt: 1 } },
  {
    name: "a JWT cut in its payload",
    given: `got ${JWT.slice(0, 45)}`,
    want: "got [REDACTED:jwt]",
    counts: { jwt: 1 },
    cut: true,
  },
  {
    name: "an authorization header",
    given: "> Authorization: Basic dXNlcjpwYXNzd29yZA==",
    want: "> Authorization: Basic [REDACTED:authorization]",
    counts: { authorization: 1 },
  },
  {
    name: "a bearer token in prose",
    given: "using Bearer abcdefghij0123456789KLM",
    want: "using Bearer [REDACTED:bearer_token]",
    counts: { bearer_token: 1 },
  },
  {
    name: "a session cookie",
    given: "HTTP/1.1 200 OK\nSet-Cookie: sid=abc123; HttpOnly\nServer: x",
    want: "HTTP/1.1 200 OK\nSet-Cookie: [REDACTED:cookie]\nServer: x",
    counts: { cookie: 1 },
  },
  {
    name: "a password in a URL",
    given: "postgres://app:s3cr3t@db:5432/app?x=1",
    want: "postgres://app:[REDACTED:url_password]@db:5432/app?x=1",
    counts: { url_password: 1 },
  },
  {
    name: "a password without a user in a URL",
    given: "redis://:hunter2@redis:6379",
    want: "redis://:[REDACTED:url_password]@redis:6379",
    counts: { url_password: 1 },
  },
  {
    name: "a MySQL data source",
    given: "dsn root:hunter2@tcp(db:3306)/app",
    want: "dsn root:[REDACTED:url_password]@tcp(db:3306)/app",
    counts: { url_password: 1 },
  },
  { name: "an AWS key id", given: `key ${AWS} x`, want: "key [REDACTED:aws_key] x", counts: { aws_key: 1 } },
  {
    name: "an AWS secret key",
    given: "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    want: "aws_secret_access_key = [REDACTED:assignment]",
    counts: { assignment: 1 },
  },
  {
    name: "a Google API key",
    given: "key=AIza" + "SyA1234567890abcdefghijklmnopqrstuv",
    want: "key=[REDACTED:gcp_key]",
    counts: { gcp_key: 1 },
  },
  {
    name: "an Azure storage key",
    given: `AccountName=x;AccountKey=${"abCD12+/".repeat(11)}==;EndpointSuffix=y`,
    want: "AccountName=x;AccountKey=[REDACTED:azure_key];EndpointSuffix=y",
    counts: { azure_key: 1 },
  },
  {
    name: "a shared access signature",
    given: "https://x.example/c?sv=1&sig=abcdefghijklmnopqrstuvwxyz%3D&se=2",
    want: "https://x.example/c?sv=1&sig=[REDACTED:signed_url]&se=2",
    counts: { signed_url: 1 },
  },
  {
    name: "a forge token",
    given: `clone ${GIT} ok`,
    want: "clone [REDACTED:vendor_token] ok",
    counts: { vendor_token: 1 },
  },
  { name: "a chat token", given: `use ${SLACK}`, want: "use [REDACTED:vendor_token]", counts: { vendor_token: 1 } },
  {
    name: "an NKey seed",
    given: `seed SU${"A2B3".repeat(14)} end`,
    want: "seed [REDACTED:nkey_seed] end",
    counts: { nkey_seed: 1 },
  },
  {
    name: "a Secret in compact JSON with its kind last",
    given: `{"apiVersion":"v1","data":{"a":"c2VjcmV0","b":"eA=="},"kind":"Secret","metadata":{"name":"s"}}`,
    want:
      `{"apiVersion":"v1","data":{"a":"[REDACTED:secret_data]","b":"[REDACTED:secret_data]"},"kind":"Secret","metadata":{"name":"s"}}`,
    counts: { secret_data: 2 },
  },
  {
    name: "one Secret in a pretty List beside a ConfigMap",
    given: JSON.stringify(
      {
        items: [{ data: { a: "keep" }, kind: "ConfigMap" }, { kind: "Secret", stringData: { q: 'x"y' } }],
        kind: "List",
      },
      null,
      2,
    ),
    want: JSON.stringify(
      {
        items: [{ data: { a: "keep" }, kind: "ConfigMap" }, {
          kind: "Secret",
          stringData: { q: "[REDACTED:secret_data]" },
        }],
        kind: "List",
      },
      null,
      2,
    ),
    counts: { secret_data: 1 },
  },
  {
    name: "a Secret in JSON cut before its kind",
    given: `{"apiVersion":"v1","data":{"a":"c2VjcmV0","b":"c2Vj`,
    want: `{"apiVersion":"v1","data":{"a":"[REDACTED:secret_data]","b":"[REDACTED:secret_data]`,
    counts: { secret_data: 2 },
    cut: true,
  },
  {
    name: "a Secret in YAML with a value of several lines",
    given: "apiVersion: v1\ndata:\n  a: c2VjcmV0\n  b: |\n    line1\n    line2\nkind: Secret\nmetadata:\n  name: s\n",
    want:
      "apiVersion: v1\ndata:\n  a: [REDACTED:secret_data]\n  b: [REDACTED:secret_data]\nkind: Secret\nmetadata:\n  name: s\n",
    counts: { secret_data: 2 },
  },
  {
    name: "a Secret in a YAML List, the ConfigMap beside it stays",
    given:
      "apiVersion: v1\nitems:\n- apiVersion: v1\n  data:\n    a: keep\n  kind: ConfigMap\n- apiVersion: v1\n  data:\n    a: c2Vj\n  kind: Secret\nkind: List\n",
    want:
      "apiVersion: v1\nitems:\n- apiVersion: v1\n  data:\n    a: keep\n  kind: ConfigMap\n- apiVersion: v1\n  data:\n    a: [REDACTED:secret_data]\n  kind: Secret\nkind: List\n",
    counts: { secret_data: 1 },
  },
  {
    name: "a Secret in YAML cut before its kind",
    given: "apiVersion: v1\ndata:\n  a: c2Vj\n  b: eA",
    want: "apiVersion: v1\ndata:\n  a: [REDACTED:secret_data]\n  b: [REDACTED:secret_data]",
    counts: { secret_data: 2 },
    cut: true,
  },
  {
    name: "last-applied-configuration in JSON",
    given: `{"kubectl.kubernetes.io/last-applied-configuration":"{\\"a\\":\\"b\\"}\\n","x":"y"}`,
    want: `{"kubectl.kubernetes.io/last-applied-configuration":"[REDACTED:last_applied]","x":"y"}`,
    counts: { last_applied: 1 },
  },
  {
    name: "last-applied-configuration in YAML",
    given: `  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n      {"a":1}\n    other: x\n`,
    want:
      `  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: [REDACTED:last_applied]\n    other: x\n`,
    counts: { last_applied: 1 },
  },
  {
    name: "docker configuration",
    given: `{"auths":{"r.example":{"auth":"dXNlcjpwYXNz"}}}`,
    want: `{"auths":{"r.example":{"auth":"[REDACTED:docker_auth]"}}}`,
    counts: { docker_auth: 1 },
  },
  {
    name: "kubeconfig users",
    given: "users:\n- name: a\n  user:\n    client-key-data: LS0tLS1CRUdJTg==\n    token: abcdef\n",
    want: "users:\n- name: a\n  user:\n    client-key-data: [REDACTED:assignment]\n    token: [REDACTED:assignment]\n",
    counts: { assignment: 2 },
  },
  {
    name: "an environment line",
    given: "DB_PASSWORD=hunter2 PORT=80",
    want: "DB_PASSWORD=[REDACTED:assignment] PORT=80",
    counts: { assignment: 1 },
  },
  {
    name: "an environment line of describe pod",
    given: "    Environment:\n      DB_PASSWORD:  correct horse\n      PORT:  80\n",
    want: "    Environment:\n      DB_PASSWORD:  [REDACTED:assignment]\n      PORT:  80\n",
    counts: { assignment: 1 },
  },
  {
    name: "an env entry of a pod in YAML",
    given: '    - name: DB_PASSWORD\n      value: hunter2\n    - name: PORT\n      value: "80"\n',
    want: '    - name: DB_PASSWORD\n      value: [REDACTED:env_value]\n    - name: PORT\n      value: "80"\n',
    counts: { env_value: 1 },
  },
  {
    name: "an env entry of a pod in JSON",
    given: `{\n  "name": "API_TOKEN",\n  "value": "ab\\"c"\n}`,
    want: `{\n  "name": "API_TOKEN",\n  "value": "[REDACTED:env_value]"\n}`,
    counts: { env_value: 1 },
  },
  {
    name: "a flag",
    given: `args: ["--client-secret=abc", "--v=2"]`,
    want: `args: ["--client-secret=[REDACTED:assignment]", "--v=2"]`,
    counts: { assignment: 1 },
  },
  {
    name: "JSON in a log line",
    given: `{"level":"info","password":"p\\"w","user":"u"}`,
    want: `{"level":"info","password":"[REDACTED:assignment]","user":"u"}`,
    counts: { assignment: 1 },
  },
  {
    name: "escaped JSON",
    given: `msg="{\\"api_key\\":\\"abc123\\",\\"x\\":1}"`,
    want: `msg="{\\"api_key\\":\\"[REDACTED:assignment]\\",\\"x\\":1}"`,
    counts: { assignment: 1 },
  },
  {
    name: "a Go map",
    given: "map[password:hunter2 user:bob]",
    want: "map[password:[REDACTED:assignment] user:bob]",
    counts: { assignment: 1 },
  },
];

for (const { name, given, want, counts, cut } of SECRETS) {
  Deno.test(`redact: ${name}`, () => assert.deepEqual(redactOutput(given, cut ?? false), { text: want, counts }));
}

const ORDINARY: readonly string[] = [
  "NAME                TYPE                                  DATA   AGE\ndefault-token-abc   kubernetes.io/service-account-token   3      5d",
  "Mountable secrets:   <none>\nTokens:              <none>\nImage pull secrets:  regcred",
  "      DB_PASSWORD:  <set to the key 'password' in secret 'db'>  Optional: false",
  "  automountServiceAccountToken: false\n  serviceAccountToken:\n    expirationSeconds: 3607",
  "  - secret:\n      secretName: db-credentials\n  imagePullSecrets:\n  - name: regcred",
  "        secretKeyRef:\n          key: password\n          name: db",
  "error: invalid token: signature expired",
  'E0101 10:00:00.000000 1 auth.go:63] Unable to authenticate the request err="invalid bearer token, token lookup failed"',
  "W0101 reflector.go:1] watch of *v1.Secret ended: too old resource version",
  `"Failed to mount" secret="kube-system/registry" err="secret \\"x\\" not found"`,
  'www-authenticate: Bearer realm="https://auth.example/token",service="registry"',
  "--service-account-private-key-file=/etc/kubernetes/pki/sa.key --token-auth-file=/etc/tokens.csv",
  "GOOGLE_APPLICATION_CREDENTIALS=/var/run/secrets/gcp/key.json",
  "tls_private_key: /etc/ssl/private/key.pem",
  "kind: ConfigMap\ndata:\n  password.txt.sha: see docs\n  nginx.conf: |\n    server {}\n",
  `{"data":{"nginx.conf":"server {}"},"kind":"ConfigMap"}`,
  "https://registry.example:5000/v2/app@sha256:0123456789abcdef",
  "image: registry.example:5000/team/app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "web-abc123.17f3a2b4c5d6e7f8   Normal   Scheduled   successfully assigned",
  "user@host:/path mail to admin@example.com: done",
  "containerID: containerd://5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
  'uid: 0c0b7b9e-6b58-4b0f-9c39-3ad1e1b4c1aa resourceVersion: "123456"',
  "if (token == null) throw; a := secret::load",
  "max_token: 100\ntoken: 5",
  "PASSWORD=${DB_PASSWORD} TOKEN=$(cat /run/token)",
  "password: \"\"\npasswd: ''\ntoken: null",
  "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ\n-----END CERTIFICATE-----",
  "existingSecret: my-db\ntlsSecret: web-tls",
  "kubelet: Authorization: webhook mode is on",
];

ORDINARY.forEach((text, index) => {
  Deno.test(`redact: ordinary output ${index + 1} stays (${text.trim().slice(0, 40)})`, () => {
    assert.deepEqual(redactOutput(text, false), { text, counts: {} });
  });
});

Deno.test("redact: doing it twice changes nothing", () => {
  const piece = fc.constantFrom(
    ...SECRETS.map((row) => row.given),
    ...ORDINARY,
    "\n",
    "  ",
    "{",
    '"',
    "\\",
    "password: ",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), fc.boolean(), (pieces, cut) => {
      const once = redactOutput(pieces.join("\n"), cut).text;
      assert.deepEqual(redactOutput(once, cut), { text: once, counts: {} });
    }),
    { numRuns: 300 },
  );
});

Deno.test("redact: a planted value never survives in a Secret, wherever it stands", () => {
  const value = fc.stringMatching(/^[A-Za-z0-9+/]{12,40}={0,2}$/);
  const filler = fc.array(fc.constantFrom("log line", "{", "}", "kind: Pod", "a: b", '"x": "y"', "- z"), {
    maxLength: 4,
  });
  fc.assert(fc.property(value, filler, fc.constantFrom(0, 2), (secret, before, indent) => {
    const object = { apiVersion: "v1", data: { field: secret }, kind: "Secret" };
    const json = JSON.stringify(object, null, indent);
    assert.ok(!redactOutput(`${before.join("\n")}\n${json}`, false).text.includes(secret));
    const yaml = `---\napiVersion: v1\ndata:\n  field: ${secret}\nkind: Secret\n`;
    assert.ok(!redactOutput(`${before.join("\n")}\n${yaml}`, false).text.includes(secret));
  }));
});

const HOSTILE = [
  "a",
  "eyJ",
  "eyJaaaaaaaaaaaa.",
  "-----BEGIN PRIVATE KEY-----",
  "-----END PRIVATE KEY-----",
  "://a:",
  "://",
  '"',
  '\\"',
  "{",
  '{"data":',
  '"data":{"a":"b",',
  "data:\n  a: b\n",
  " ",
  "\n",
  "- ",
  "password=",
  "password:",
  "password",
  "token: \\",
  "name: a_token\n value:",
  '"name":"token","value":"',
  "kubectl.kubernetes.io/last-applied-configuration:",
  "Bearer ",
  "authorization: ",
  "bearer a.",
  "a:b@",
  "sk-",
  "SG.aaaaaaaaaaaaaaaaaaaa.",
  "AKIA",
  "SU",
  "Cookie:",
  "a-",
  "Q~",
  ".dockerc",
  "gh",
  "&sig=",
  "BEGIN ",
  "aaaaaaaaaaaaaaaaaaaaaaaa\n",
  "kubectl.kubernetes.io/last-applied-configuration: |\n ",
];

for (const piece of HOSTILE) {
  Deno.test(`redact: 2 MB of ${JSON.stringify(piece)} take linear time`, () => {
    const text = `kind: Secret "kind":"Secret" "data" data:\n${piece.repeat(2_000_000 / piece.length)}`;
    const startedMs = performance.now();
    redactOutput(text, true);
    // Quadratic time would make this minutes, whatever the machine.
    assert.ok(performance.now() - startedMs < 8000);
  });
}

const ENDLESS = [
  "Authorization: Bearer ",
  "Bearer ",
  "eyJhbGciOiJSUzI1NiJ9.",
  "Cookie: ",
  "password=",
  'password="',
  'password: \\"',
  "password: '",
  "token: ",
  '{"token":"',
  "- name: A_TOKEN\n  value: ",
  '"name":"A_TOKEN","value":"',
  "ghp_",
  "xoxb-",
  '"auth":"',
  "kind: Secret\ndata:\n  a: ",
  '{"kind":"Secret","data":{"a":"',
  "-----BEGIN PRIVATE KEY-----\n",
  "kubectl.kubernetes.io/last-applied-configuration: ",
];

for (const head of ENDLESS) {
  Deno.test(`redact: a secret of 10 MB after ${JSON.stringify(head)} goes to its end`, () => {
    const { text } = redactOutput(head + "a1B2".repeat(2_500_000), true);
    // A body of base64 without its END line is bounded by the largest key there is.
    if (head.startsWith("-----BEGIN")) assert.match(text, /^\[REDACTED:private_key\]/);
    else assert.ok(text.length < head.length + 64, `${text.length} characters are left`);
  });
}
