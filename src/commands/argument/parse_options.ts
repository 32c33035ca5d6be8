import { type Checked, pass, quoteReceived, refuse } from "../checked.ts";
import type { FlagRule, OptionSyntax } from "../tool/tool_rule.ts";
import type { ParsedFlag } from "./parsed_command.ts";
import { expectedValue, parseValue } from "./value_grammar.ts";

/** Flags and the rest, both in the order received. */
interface ParsedOptions {
  readonly flags: readonly ParsedFlag[];
  readonly operands: readonly string[];
}

/** A flag found in a token, before its value is checked. `value` is `null` where none came with it. */
interface RawFlag {
  readonly rule: FlagRule;
  readonly value: string | null;
}

/** What to read with. `command` names the tool and verb in reasons. */
interface OptionGrammar {
  readonly syntax: OptionSyntax;
  readonly flags: readonly FlagRule[];
  readonly command: string;
}

/** Go's strconv.ParseBool, which pflag uses. */
const BOOLEANS: Readonly<Record<string, boolean>> = {
  "1": true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  "0": false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false,
};

/**
 * Splits tokens into flags and operands as the tool itself would, and checks every flag against the table. Names are
 * never abbreviated. A flag that is unknown or denied, repeated, or has a value not of its kind refuses the whole.
 */
export function parseOptions(tokens: readonly string[], grammar: OptionGrammar): Checked<ParsedOptions> {
  const flags: ParsedFlag[] = [];
  const operands: string[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] ?? "";
    if (!looksLikeFlag(token, grammar.syntax)) {
      operands.push(token);
      continue;
    }
    const raw = readFlags(token, grammar);
    if (!raw.ok) return raw;
    for (const found of raw.value) {
      const takesNext = found.value === null && found.rule.value !== "switch";
      const checked = checkFlag(takesNext ? { ...found, value: tokens[++at] ?? null } : found, grammar.syntax);
      if (!checked.ok) return checked;
      const added = addFlag(flags, checked.value);
      if (!added.ok) return added;
    }
  }
  return pass({ flags, operands });
}

/** Whether a tool takes the token for a flag; a lone `-` is none. */
export function looksLikeFlag(token: string, syntax: OptionSyntax): boolean {
  return (token.startsWith("-") && token.length > 1) || (syntax === "word" && token.startsWith("+"));
}

/** The flags in one token: one long flag, or a cluster of short ones of which only the last can take a value. */
function readFlags(token: string, grammar: OptionGrammar): Checked<readonly RawFlag[]> {
  const isCluster = !token.startsWith("--") && grammar.syntax !== "word";
  if (isCluster) {
    const whole = grammar.flags.find((rule) => rule.aliases?.includes(token));
    return whole === undefined ? readCluster(token.slice(1), grammar) : known({ rule: whole, value: null }, grammar);
  }
  const equals = token.indexOf("=");
  const head = equals === -1 ? token : token.slice(0, equals);
  const value = equals === -1 ? null : token.slice(equals + 1);
  // client-go's WordSepNormalizeFunc.
  const name = grammar.syntax === "pflag" ? head.replaceAll("_", "-") : head;
  const rule = grammar.flags.find((flag) => flag.name === name || flag.aliases?.includes(name));
  return rule === undefined ? unknownFlag(head, grammar) : known({ rule, value }, grammar);
}

function readCluster(letters: string, grammar: OptionGrammar): Checked<readonly RawFlag[]> {
  const found: RawFlag[] = [];
  for (let at = 0; at < letters.length; at++) {
    const short = `-${letters[at]}`;
    const rule = grammar.flags.find((flag) => flag.short === short || flag.aliases?.includes(short));
    if (rule === undefined) return unknownFlag(short, grammar);
    const rest = letters.slice(at + 1);
    const isAssigned = grammar.syntax === "pflag" && rest.startsWith("=");
    const ends = isAssigned || (rule.value !== "switch" && rest !== "");
    const checked = known({ rule, value: ends ? rest.slice(isAssigned ? 1 : 0) : null }, grammar);
    if (!checked.ok) return checked;
    found.push(...checked.value);
    if (ends) break;
  }
  return pass(found);
}

/** Passes a flag of the table unless its row says that it is denied. */
function known(flag: RawFlag, grammar: OptionGrammar): Checked<readonly RawFlag[]> {
  return flag.rule.denied === undefined ? pass([flag]) : unknownFlag(flag.rule.name, grammar, flag.rule.denied);
}

function unknownFlag(name: string, grammar: OptionGrammar, why?: string) {
  const allowed = grammar.flags.filter((flag) => flag.denied === undefined).map((flag) => flag.name);
  const shown = /^[+-]+[A-Za-z0-9_-]{1,40}$/.test(name) ? name : quoteReceived(name);
  return refuse(
    "unknown_flag",
    `${shown} is not an option of ${grammar.command} here${why === undefined ? "" : `: it ${why}`}`,
    allowed.length === 0 ? "It takes no flags." : `Allowed flags are ${allowed.join(", ")}.`,
  );
}

function checkFlag({ rule, value }: RawFlag, syntax: OptionSyntax): Checked<ParsedFlag> {
  if (rule.value === "switch") {
    if (value === null) return pass({ rule, value: true });
    const isOn = syntax === "pflag" && Object.hasOwn(BOOLEANS, value) ? BOOLEANS[value] : undefined;
    return isOn === undefined
      ? refuse("invalid_value", `${rule.name} is a switch`, "Give it no value.")
      : pass({ rule, value: isOn });
  }
  if (value === null || value === "") {
    return refuse("missing_value", `${rule.name} needs ${expectedValue(rule.value)}`);
  }
  const parsed = parseValue(value, rule.value);
  return parsed === null
    ? refuse("invalid_value", `The value of ${rule.name} is not allowed`, `It must be ${expectedValue(rule.value)}.`)
    : pass({ rule, value: parsed });
}

/** Adds a flag, or joins its value to that of the same list flag. */
function addFlag(flags: ParsedFlag[], flag: ParsedFlag): Checked<null> {
  const before = flags.findIndex((other) => other.rule.name === flag.rule.name);
  const earlier = flags[before];
  if (earlier === undefined) {
    flags.push(flag);
    return pass(null);
  }
  if (flag.rule.list !== true) return refuse("repeated_flag", `${flag.rule.name} is given twice`);
  flags[before] = { rule: flag.rule, value: `${earlier.value},${flag.value}` };
  return pass(null);
}
