import { RULE_TEXTS } from "../src/redaction/redaction.ts";
import { NAME_ROWS, PAIR_ROWS } from "../src/redaction/secret_name.ts";
import { markdownTable } from "./markdown_table.ts";

const HEAD = `# Redaction

<!-- Written by \`deno task docs:redaction\` from src/redaction/. Change the tables, not this page. -->

The agent removes secrets from everything that it sends: the texts of events, the output of commands and the texts of errors. It
replaces a secret with a mark that names the rule, such as \`[REDACTED:jwt]\`; everything else stays as it is, byte for byte.

Redaction is the last of several safeguards, and the weakest. RBAC denies the agent access to Secrets, and the policy refuses
commands for types that contain credentials. Redaction is for what an application writes into its own log, environment or
ConfigMap. It knows what secrets look like and what they are called. It does not find a password that looks like a word and has
an unremarkable name.

## How a secret is found

1. **By structure.** \`data\` of a Secret, \`{name: DB_PASSWORD, value: …}\`, the argument after \`--password\`, cells below a heading
   (of kubectl, of databases, of Markdown and CSV), blocks of private keys. Escapes are decoded first, up to five levels: JSON
   in a string in a ConfigMap is read as JSON. So are entities (\`&quot;\`) and URL-encoded characters (\`%3D\`).
   Prefixes that loggers add to each line (times, \`[pod/…]\`, levels) are ignored, so a key that was logged line by line is found.
2. **By shape.** Tokens with a distinctive prefix, wherever they are, and texts of the same form whose service is in no table.
   A base64 text that contains a secret is removed completely.
3. **By name.** A name is split into words (\`dbPassword\`, \`DB_PASSWORD_V2\`, \`db-password1\`) and its value is checked: numbers, switches,
   references (\`\${DB_PASSWORD}\`, \`<set to the key …>\`), paths and sentences stay.

Redaction time grows linearly with the size of the text, for any content. A text above 64 kB is redacted in a separate thread
with a deadline of five seconds; a text that is not ready by then is withheld completely (\`[output withheld: redaction did not finish in
time]\`) and counted under \`withheld\`.
`;

const CONFIGURATION = `## Secrets of your own

\`redaction.names\` adds names; their values are removed, whatever they look like. \`redaction.patterns\` adds regular expressions;
the match is removed, or its first group if it has one.

<!-- whole configuration -->

\`\`\`yaml
central_endpoint: nats://central.example:4222
redaction:
  names: ["*_pin", iban, x-customer-key]
  patterns: ['\\bACME-[0-9A-F]{24}\\b', 'licence no\\. ([0-9-]{8,20})']
\`\`\`

The configuration refuses a pattern that can take more than linear time.
`;

/** docs/redaction.md: the rules and names that the program has, from its tables alone. */
export function renderRedactionDocs(): string {
  return [
    HEAD,
    "## Rules\n",
    "`agent_command_redactions_total` and the audit log count by these names.\n",
    markdownTable(["rule", "removes"], Object.entries(RULE_TEXTS).map(([rule, text]) => [`\`${rule}\``, text])),
    "## Names\n",
    "The last word of a name counts, or its last two; plurals and numbers behind it change nothing, nor do words such as `base`,\n" +
    "`old` or `prod`. A name that ends in a different subject (`password_file`, `tokenExpirationSeconds`, `secretName`) is not a secret's.\n",
    "| grade | what is removed |\n| --- | --- |\n" +
    "| strong | everything but numbers up to four digits, switches, references, paths and sentences |\n" +
    "| firm | the same, and words in lower case with hyphens stay: `clientSecret: oidc-client` |\n" +
    "| medium | the same, and what reads like an object's name stays: `secret: regcred` |\n" +
    "| weak | only what looks random |\n",
    "In capitals (`APP_SECRET`), and as a parameter of a URL (`?client_secret=…`), firm and medium names are strong.\n",
    markdownTable(["names", "grade"], [
      ...NAME_ROWS.map(({ words, grade }) => [listed(words), grade]),
      ...PAIR_ROWS.map(({ pairs, grade }) => [listed(pairs), grade]),
    ]),
    CONFIGURATION,
  ].join("\n");
}

const listed = (words: string): string => words.split(" ").map((word) => `\`${word}\``).join(", ");
