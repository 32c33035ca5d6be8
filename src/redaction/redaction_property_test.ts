import assert from "node:assert/strict";
import process from "node:process";
import fc from "fast-check";
import { ORDINARY_TEXTS } from "../../test/fixtures/redaction/ordinary_texts.ts";
import { PLANTED_FORMS, PLANTED_VALUES } from "../../test/fixtures/redaction/planted_secrets.ts";
import { TOKEN_SHAPES } from "../../test/fixtures/redaction/token_shapes.ts";
import { redactText } from "./redact_text.ts";
import { BUILT_IN_REDACTOR } from "./redactor.ts";

const ATOMS = [
  ...["_pwd=[", "password=<", "{{", '"\\', "|", "/etc/", "[REDACTED:", "[REDACTED:jwt]", "- name:", ": >-", "\n", " "],
  ...["password", "token=", "secret: ", "key", "a1B2", '"', "'", "{", "[", "]", "(", "<", ">", "=", ":", ",", "&", "@"],
  ...["://", "://a:", "--token ", "---\n", "----\n", "data:\n", '"data":{', "kind: Secret\n", "name: a_token\n value:"],
  ...['"name":"A_TOKEN","value":"', "value: ", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "eyJ", "."],
  ...["Bearer ", "authorization: ", "cookie: a=", "curl ", "-u ", "mysql -", "Name:x Value:", "<password>", "\\n"],
  ...['key="password">', "LS0tLS1CRUdJTi", `${"aB1x".repeat(16)}\n`, "$(", "$6$", "identified by '", "PASSWORD  "],
  ...[
    "&quot;",
    "%22",
    "%3D",
    '\\u0061":"',
    "\t",
    "---\n",
    "- -a\n",
    "- redis-cli\n",
    "args:\n",
    "passwords: {a: ",
    "....",
  ],
  ...["Some(", "[]uint8{", "generated password ", "AUTH ", "a.example/", "kind:Secret data:map[", "://a/hooks/", "`a "],
  ...[
    "<<EOT\n",
    "\\\n  ",
    "? token\n: ",
    '":"',
    "insert into a (password) values ('",
    "'),(",
    "key: |\n",
    "  kind: Secret\n",
  ],
  ...["path=", "field: ", " default: ", 'variable "a_token" {', "aB1_", "aGVsbG8gdG9rZW46", "kty d: ", " is the token"],
  ...[
    "parameters: $1 = ",
    "'b', $2 = ",
    "where pwd = $1 ",
    "(pwd) values ($1)",
    "&code=a1",
    "334 UGFzc3dvcmQ6\n",
    "a1 LOGIN b ",
  ],
  ...[
    "printf '",
    "token=%s' ",
    "<<< ",
    "--password-file=<(echo ",
    "->connect(Array, 'a', '",
    "net use \\\\a ",
    '...sword":"',
  ],
  ...[
    "recovery codes: ",
    "a1b2c3 ",
    "Secret(",
    '" -> "',
    '"a":"b",',
    '"type":"password","value":"',
    '{token,<<"',
    "A(A(",
  ],
  ...[
    "property: a_token, ",
    "login attempt [a/",
    "cifs user=a%b1",
    "Credentials('a', '",
    "%3A%2F%2Fa%3Ab1%40",
    " -u a -p b1",
    'auth=a("',
  ],
  ...[
    "a/password\n",
    "aB1cD2eF\n",
    "AKIA0123456789ABCDEF ",
    "CREDENTIALS\ta1b2c3d4\t",
    "://a/reset/",
    "rfc4106(gcm(aes)) ",
    "login=a:",
  ],
  ...['secrets:<key:"a" value:"', "password typed in: [", "[Jwt:SigningKey] = ", "a:b1@(db:3306)", 'secret "a1" '],
  ...["- name: A_TOKEN\n  value: ", "x token: |\n  ", "-Da_token=", "ENV A_TOKEN ", "token to ", "token -> "],
  ...["changed '", "' to '", "'] | ", "password\nNew value: ", "\nThis password must "],
  ...["NAME  PASSWORD\n", "  password: |\n", "password: true\n", "[pod/a/b] ", "2026-01-02T03:04:05Z ", "\u00ad"],
] as const;

/** The least of some runs, in time of the processor: what else the machine does counts not. */
function leastMs(text: string): number {
  let least = Infinity;
  for (let i = 0; i < 3; i++) {
    const { user } = process.cpuUsage();
    redactText(text, { cut: true });
    least = Math.min(least, (process.cpuUsage().user - user) / 1_000);
  }
  return least;
}

Deno.test("redact: time grows with the length, whatever is repeated", () => {
  const unit = fc.array(fc.constantFrom(...ATOMS), { minLength: 1, maxLength: 5 }).map((atoms) => atoms.join(""));
  fc.assert(
    fc.property(unit, (piece) => {
      const of = (length: number) => piece.repeat(Math.ceil(length / piece.length));
      const small = leastMs(of(64_000));
      // Four times the text may take four times as long; sixteen times is what squares take.
      if (small < 4 || leastMs(of(256_000)) < small * 10) return;
      // Looked at again, with more: eight times as long, or sixty-four times.
      assert.ok(leastMs(of(1_024_000)) < leastMs(of(128_000)) * 30, JSON.stringify(piece));
    }),
    { numRuns: 60 },
  );
});

for (
  const piece of [
    "_pwd=[",
    "password=<",
    "'://a:",
    '"\\cookie: a=',
    'key="password">',
    "- name: a_token\n value:",
    "--token {{secret: ",
  ]
) {
  Deno.test(`redact: 1 MB of ${JSON.stringify(piece)} takes no more than its share of time`, () => {
    const of = (length: number) => piece.repeat(Math.ceil(length / piece.length));
    const small = Math.max(leastMs(of(128_000)), 2);
    const large = leastMs(of(1_024_000));
    assert.ok(large < small * 30, `${large} ms after ${small} ms`);
  });
}

const PIECES = [
  ...PLANTED_FORMS.map(({ text }) => text.replaceAll("@@", PLANTED_VALUES[0] ?? "")),
  ...TOKEN_SHAPES.map(({ token }) => token),
  ...ORDINARY_TEXTS,
];

Deno.test("redact: whatever stands beside whatever, a second time changes nothing", () => {
  const text = fc.array(fc.constantFrom(...PIECES, ...ATOMS), { minLength: 1, maxLength: 6 })
    .chain((pieces) => fc.constantFrom("\n", " ", ", ").map((gap) => pieces.join(gap)))
    .chain((joined) => fc.constantFrom(joined, JSON.stringify({ text: joined })));
  fc.assert(
    fc.property(text, fc.boolean(), (given, cut) => {
      const once = redactText(given, { cut }).text;
      assert.deepEqual(redactText(once, { cut }), { text: once, counts: {} });
    }),
    { numRuns: 400 },
  );
});

Deno.test("redact: the quick check never says no where something is found", () => {
  const text = fc.array(fc.constantFrom(...PIECES, ...ATOMS), { minLength: 1, maxLength: 4 }).map((pieces) =>
    pieces.join(" ")
  );
  const always = { ...BUILT_IN_REDACTOR, mayHoldSecret: () => true };
  fc.assert(
    fc.property(text, (given) => {
      if (BUILT_IN_REDACTOR.mayHoldSecret(given)) return;
      assert.deepEqual(redactText(given, { redactor: always }), { text: given, counts: {} });
    }),
    { numRuns: 400 },
  );
});

Deno.test("redact: a text without secrets is returned as the same string", () => {
  const message =
    'Readiness probe failed: Get "http://10.244.1.7:8080/healthz": dial tcp 10.244.1.7:8080: connection refused';
  assert.equal(BUILT_IN_REDACTOR.mayHoldSecret(message), false);
  assert.equal(redactText(message).text, message);
});
