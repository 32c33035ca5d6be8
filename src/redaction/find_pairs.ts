import type { Redaction } from "./redaction.ts";
import type { Redactor } from "./redactor.ts";
import { endOfWord } from "./token_pattern.ts";
import { isSecretValue, JUDGED_LENGTH } from "./secret_value.ts";

/** Where a longer value is taken up to its end. */
const VALUE_LIMIT = 65_536;
const NAME = String.raw`(?<name>[\w./-]{1,128})`;
const KEY = String
  .raw`["']?\b(?:(?:parameter|param|field|option|setting|variable|var|property|attribute|arg|env|header)?[_-]?(?:name|key)|var|variable|param|parameter|field|option|setting|property|attribute|arg|path|header|env)["']?\s{0,4}[:=]\s{0,4}["']?`;
const VALUE_KEY = String
  .raw`(?<![A-Za-z])["']?(?:(?:(?:current|new|old|previous|default|parameter|param)[_ -]?)?values?|val|default|data|content)["']?\s{0,4}[:=]\s{0,4}`;

/** Fields between the two: `"type":"string","sensitive":true,`. */
const BETWEEN = String
  .raw`(?:"[\w.-]{1,32}"\s{0,4}:\s{0,4}(?:"[^"\n]{0,64}"|true|false|null|\d{1,16})\s{0,4},\s{0,64}){0,3}?`;

const VALUE_HINTS = ["val", "default", "data", "content"];

/** A name in one field and its value in the next, in the forms of JSON, flow YAML, Go, HCL and XML. */
const PAIRS: readonly { readonly hints: readonly string[]; readonly pattern: RegExp }[] = [
  {
    // {"name": "DB_PASSWORD", "value": "…"}, {name: DB_PASSWORD, value: …}
    hints: VALUE_HINTS,
    pattern: new RegExp(
      String
        .raw`${KEY}${NAME}(?:["']?\s{0,4}[,;]\s{0,200}|["']?[ \t]{1,4}|["']\s{1,8})${BETWEEN}${VALUE_KEY}(?:"(?<value>(?:[^"\\\n]|\\.){1,${VALUE_LIMIT}})|'(?<single>[^'\n]{1,${VALUE_LIMIT}})|(?<plain>[^\s"',;}\]](?:[^\n,}"]|"(?=\w)){0,${VALUE_LIMIT}}))`,
      "dgi",
    ),
  },
  {
    hints: VALUE_HINTS,
    pattern: new RegExp(
      String
        .raw`${VALUE_KEY}(?:"(?<value>(?:[^"\\\n]|\\.){1,${VALUE_LIMIT}})"|'(?<single>[^'\n]{1,${VALUE_LIMIT}})'|(?<plain>[^\s"',;}\]][^\s,}"']{0,4096}))\s{0,4}[,;]\s{0,200}${BETWEEN}${KEY}${NAME}`,
      "dgi",
    ),
  },
  {
    // name: DB_PASSWORD, and value: … on the next line, where something stands before the name
    hints: ["value"],
    pattern: new RegExp(
      String
        .raw`\bname: ["']?${NAME}["']?[ \t]{0,4}\r?\n[ \t]{1,64}value: {1,4}(?![|>][+-]?\d?\s)(?:"(?<value>(?:[^"\\\n]|\\.){1,${VALUE_LIMIT}})"|'(?<single>[^'\n]{1,${VALUE_LIMIT}})'|(?<plain>[^\s"'][^\n"']{0,${VALUE_LIMIT}}))`,
      "dg",
    ),
  },
  {
    // {"type": "password", "value": "…"}; other types are words of a language more often.
    hints: VALUE_HINTS,
    pattern: new RegExp(
      String
        .raw`["']?\btype["']?\s{0,4}[:=]\s{0,4}["']?(?<name>password|passwd|passphrase)["']?\s{0,4}[,;]\s{0,200}${BETWEEN}${VALUE_KEY}(?:"(?<value>(?:[^"\\\n]|\\.){1,${VALUE_LIMIT}})"|'(?<single>[^'\n]{1,${VALUE_LIMIT}})')`,
      "dgi",
    ),
  },
  {
    // Loading configuration property: s3.secret-key, …
    hints: ["property: "],
    pattern: new RegExp(String.raw`\bproperty: ${NAME}, {1,4}(?<value>[^\s,"'][^\n"'\\]{0,${VALUE_LIMIT}})`, "dgi"),
  },
  {
    // {Name:DB_PASSWORD Value:… ValueFrom:nil}, EnvVar{Name:DB_PASSWORD,Value:…,ValueFrom:nil,}
    hints: ["val"],
    pattern: new RegExp(
      String.raw`\b(?:Name|Key):"?${NAME}"?,?[ \t]{1,4}Value:"?(?<value>[^}\n]{1,512}?)(?="?,? ?(?:ValueFrom:|\}))|` +
        String.raw`\b(?:Name|Key):"?(?<other>[\w.-]{1,128})"?,Value:"?(?<plain>[^}\n]{1,512}?)(?="?,ValueFrom:|"?,?\})`,
      "dg",
    ),
  },
  {
    // variable "db_password" { default = "…" }
    hints: ["default"],
    pattern:
      /\bvariable\s{1,4}"(?<name>[\w.-]{1,128})"\s{0,4}\{[^{}]{0,1024}?\bdefault\s{0,16}=\s{0,4}"(?<value>[^"\n]{1,1024})/dg,
  },
  {
    // <property name="password" value="…"/>
    hints: ["val"],
    pattern: new RegExp(
      String
        .raw`\b(?:name|key)\s{0,2}=\s{0,2}["']${NAME}["']\s{1,8}value\s{0,2}=\s{0,2}["'](?<value>[^"'\n]{1,${VALUE_LIMIT}})`,
      "dgi",
    ),
  },
  {
    // <name>fs.s3a.secret.key</name><value>…</value>
    hints: ["</"],
    pattern: new RegExp(
      String
        .raw`<(?:\w{1,16}-)?(?:name|key)>\s{0,64}${NAME}\s{0,64}</[\w-]{3,32}>\s{0,200}<(?:\w{1,16}-)?(?:value|string)>\s{0,64}(?<value>[^<\s][^<\n]{0,${VALUE_LIMIT}})`,
      "dgi",
    ),
  },
  {
    // <entry key="password">…</entry>
    hints: ["</"],
    pattern: new RegExp(
      String
        .raw`\b(?:name|key)\s{0,2}=\s{0,2}["']${NAME}["'][^<>\n]{0,64}>\s{0,64}(?:<(?:\w{1,16}:)?value>\s{0,64})?(?<value>[^<\s][^<\n]{0,${VALUE_LIMIT}})`,
      "dgi",
    ),
  },
];

/** The values that stand beside a name that says secret: entries of `env`, HTTP headers, properties. */
export function findPairs(text: string, redactor: Redactor): Redaction[] {
  const found: Redaction[] = [];
  const lower = text.toLowerCase();
  for (const { hints, pattern } of PAIRS) {
    if (!hints.some((hint) => lower.includes(hint))) continue;
    for (const { groups, indices } of text.matchAll(pattern)) {
      const place = indices?.groups?.["value"] ?? indices?.groups?.["single"] ?? indices?.groups?.["plain"];
      if (place === undefined) continue;
      const [start, matched] = place;
      const end = matched - start < VALUE_LIMIT ? matched : endOfWord(text, matched);
      const name = redactor.gradeName(groups?.["name"] ?? groups?.["other"] ?? "");
      // A backslash at the end belongs to the quote that follows.
      const judged = text.slice(start, Math.min(end, start + JUDGED_LENGTH)).replace(/\\{1,16}$/, "");
      if (isSecretValue(judged, name, "field")) {
        found.push({ rule: "env_value", start, end });
      }
    }
  }
  return found;
}
