import { type Checked, pass, quoteReceived, refuse } from "../checked.ts";
import { parseHost } from "../target/host.ts";
import { RECORD_TYPE } from "../tool/network_tools.ts";
import type { OperandRule } from "../tool/tool_rule.ts";
import type { OperandContext, Operands } from "./parsed_command.ts";
import { expectedValue, parseValue } from "./value_grammar.ts";

const LABEL = "[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?";
const DNS_NAME = new RegExp(`^(?=.{1,254}$)${LABEL}(?:\\.${LABEL})*\\.?$`);

/** Words that dig takes for a record type or class wherever they stand, so that they can't be asked for as names. */
const DIG_WORD =
  /^(?:type\d+|class\d+|in|ch|hs|any|axfr|ixfr|a|aaaa|caa|cname|mx|ns|ptr|soa|srv|txt|ds|dnskey|rrsig|nsec|nsec3|tlsa|https|svcb|loc|naptr|hinfo|spf|key|tsig|opt|maila|mailb|null|wks|minfo|rp|afsdb|sshfp|cds|cdnskey|uri|dname|apl|cert|dlv|eui48|eui64|hip|ipseckey|isdn|kx|nsap|px|rt|sig|smimea|x25|openpgpkey|csync|zonemd|avc|gpos|md|mf|mb|mg|mr|nxt|eid|nimloc|atma|a6|sink|ninfo|rkey|talink|nid|l32|l64|lp|doa|amtrelay|resinfo|wallet|unspec|ta|tkey|uid|uinfo|gid|nsap-ptr|none|chaos|hesiod|internet|reserved0)$/i;

/**
 * Reads the operands of nslookup and dig: one name, and for dig a record type after it. A second word would be a server
 * of the sender's choosing. nslookup takes an address too, to ask for its name.
 */
export function parseQuestion(
  tokens: readonly string[],
  rule: Extract<OperandRule, { kind: "question" }>,
  { flags, command }: OperandContext,
): Checked<Operands> {
  const [name, second, ...more] = tokens;
  if (flags.some((flag) => flag.rule.name === "-x")) {
    const stranger = name ?? flags.find((flag) => flag.rule.name === rule.typeFlag)?.rule.name;
    return stranger === undefined ? pass({ kind: "none" }) : refuse(
      "unexpected_argument",
      `${command} -x asks for the name of one address and does not take ${quoteReceived(stranger)}`,
    );
  }
  if (name === undefined) return refuse("missing_argument", `${command} needs a name`);
  if (rule.positionalType ? DIG_WORD.test(name) : false) {
    return refuse("invalid_argument", `${quoteReceived(name)} is a record type`, "Name what to ask for first.");
  }
  if (!DNS_NAME.test(name) && (rule.positionalType || parseHost(name)?.kind !== "address")) {
    return refuse("invalid_host", `${quoteReceived(name)} is no DNS name`, "Give a plain DNS name.");
  }
  const stranger = rule.positionalType ? more[0] : second;
  if (stranger !== undefined) {
    return refuse("unexpected_argument", `${command} asks for one name here, and never a server of one's own`);
  }
  if (second === undefined) return pass({ kind: "question", name, type: null });
  const type = parseValue(second, RECORD_TYPE);
  if (type === null) {
    return refuse("invalid_argument", `The record type is not allowed`, `It must be ${expectedValue(RECORD_TYPE)}.`);
  }
  return flags.some((flag) => flag.rule.name === rule.typeFlag)
    ? refuse("repeated_flag", "The record type is given twice")
    : pass({ kind: "question", name, type });
}
