import { type Checked, orList, pass, quoteReceived, refuse } from "../checked.ts";
import { parseHost } from "../target/host.ts";
import { parseWebUrl } from "../target/web_url.ts";
import type { OperandRule } from "../tool/tool_rule.ts";
import type { OperandContext, Operands } from "./parsed_command.ts";
import { parseQuestion } from "./parse_question.ts";
import { parseAccessQuestion } from "./parse_access_question.ts";
import { parseLogSource, parseOptionalName, parseResources } from "./parse_resources.ts";
import { expectedValue, parseValue } from "./value_grammar.ts";

type RuleOf<K extends OperandRule["kind"]> = Extract<OperandRule, { kind: K }>;
type Reader<K extends OperandRule["kind"]> = (
  tokens: readonly string[],
  rule: RuleOf<K>,
  context: OperandContext,
) => Checked<Operands>;

const READERS: { readonly [K in OperandRule["kind"]]: Reader<K> } = {
  none: (tokens, _rule, { command }) => tokens.length === 0 ? pass({ kind: "none" }) : unexpected(tokens[0], command),
  forms: (_tokens, _rule, { command }) => refuse("unexpected_argument", `${command} takes whole forms only`),
  resources: parseResources,
  log_source: parseLogSource,
  optional_name: parseOptionalName,
  access_question: parseAccessQuestion,
  field_path: (tokens, _rule, { command }) => {
    const [path, ...more] = tokens;
    if (path === undefined) {
      return refuse("missing_argument", `${command} needs a type`, "Name one, such as pods.spec.");
    }
    if (more.length > 0) return unexpected(more[0], command);
    return FIELD_PATH.test(path)
      ? pass({ kind: "name", name: path })
      : refuse("invalid_argument", `${quoteReceived(path)} is no type or field`, "Name one, such as pods.spec.");
  },
  host: (tokens, _rule, { command }) =>
    onlyOne(tokens, command, "a host", (text) => {
      const host = parseHost(text);
      return host === null ? refuse("invalid_host", `${quoteReceived(text)} is no host`) : pass({ kind: "host", host });
    }),
  url: (tokens, _rule, { command }) =>
    onlyOne(tokens, command, "a URL", (text) => {
      const url = parseWebUrl(text);
      // The text is not repeated: a URL may hold a password.
      return url === null ? refuse("invalid_url", "The URL is not allowed") : pass({ kind: "url", url });
    }),
  question: parseQuestion,
  values: (tokens, { values: rules }, { command }) => {
    if (tokens.length > rules.length) return unexpected(tokens[rules.length], command);
    const values = [];
    for (const [index, rule] of rules.entries()) {
      const token = tokens[index];
      if (token === undefined) {
        if (rule.optional) break;
        return refuse("missing_argument", `${command} needs ${rule.name}: ${expectedValue(rule.grammar)}`);
      }
      const value = parseValue(token, rule.grammar);
      if (value === null) {
        return refuse("invalid_argument", `${rule.name} must be ${expectedValue(rule.grammar)}`);
      }
      values.push({ rule, value });
    }
    return pass({ kind: "values", values });
  },
};

const FIELD_PATH = /^[A-Za-z][A-Za-z0-9.-]{0,252}$/;

/** Reads what stands beside the flags. */
export function parseOperands(
  tokens: readonly string[],
  rule: OperandRule,
  context: OperandContext,
): Checked<Operands> {
  return readerOf(rule)(tokens, rule, context);
}

/** Reads a whole argument list of a tool that takes only a few. */
export function parseForm(tokens: readonly string[], rule: RuleOf<"forms">, command: string): Checked<Operands> {
  const form = rule.forms.find(({ words, spellings = [] }) =>
    [words, ...spellings].some((list) => list.length === tokens.length && list.every((word, at) => word === tokens[at]))
  );
  if (form !== undefined) return pass({ kind: "form", words: form.words });
  const words = new Set(rule.forms.flatMap(({ words, spellings = [] }) => [...words, ...spellings.flat()]));
  const stranger = tokens.find((token) => !words.has(token)) ?? tokens[0];
  const forms = rule.forms.map((known) => [command, ...known.words].join(" "));
  const code = stranger?.startsWith("-") === true ? "unknown_flag" : "unexpected_argument";
  return refuse(
    code,
    `${quoteReceived(stranger ?? "")} is not an option of ${command} here`,
    `Allowed is ${orList(forms)}.`,
  );
}

function onlyOne(
  tokens: readonly string[],
  command: string,
  what: string,
  read: (text: string) => Checked<Operands>,
): Checked<Operands> {
  const [text, ...more] = tokens;
  if (text === undefined) return refuse("missing_argument", `${command} needs ${what}`);
  return more.length > 0 ? unexpected(more[0], command) : read(text);
}

function unexpected(token: string | undefined, command: string) {
  return refuse("unexpected_argument", `${command} does not take ${quoteReceived(token ?? "")}`);
}

function readerOf<K extends OperandRule["kind"]>(rule: RuleOf<K> & { readonly kind: K }): Reader<K> {
  return READERS[rule.kind];
}
