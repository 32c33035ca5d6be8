import { type Checked, pass, quoteReceived, refuse } from "../checked.ts";
import { isObjectName, isTypeName } from "./object_name.ts";
import type { OperandContext, Operands } from "./parsed_command.ts";

/** A verb of the API (`get`, `deletecollection`, a webhook's own), or all of them. */
const VERB = /^(?:\*|[a-z][a-z-]{0,62})$/;
/** A path that is no resource: `/healthz`, `/metrics`, `/logs/*`. */
const PATH = /^\/(?:[A-Za-z0-9._*-]{1,63}\/){0,8}[A-Za-z0-9._*-]{0,63}$/;

/** Reads `VERB TYPE`, `VERB TYPE/NAME`, `VERB /path`, or nothing beside `--list`. The API server answers from its rules and does nothing. */
export function parseAccessQuestion(
  tokens: readonly string[],
  _rule: unknown,
  { flags, command }: OperandContext,
): Checked<Operands> {
  const [verb, object, stranger] = tokens;
  const isOn = (name: string) => flags.some(({ rule, value }) => rule.name === name && value !== false);
  if (isOn("--list")) {
    return verb === undefined
      ? pass({ kind: "none" })
      : refuse("unexpected_argument", `${command} --list does not take ${quoteReceived(verb)}`);
  }
  if (verb === undefined || object === undefined) {
    return refuse("missing_argument", `${command} needs a verb and a type`, "Ask as in: can-i list pods.");
  }
  if (stranger !== undefined) {
    return refuse("unexpected_argument", `${command} does not take ${quoteReceived(stranger)}`);
  }
  if (!VERB.test(verb)) {
    return refuse("invalid_argument", `${quoteReceived(verb)} is no verb`, "Name one, such as list.");
  }
  const [type = "", name, ...more] = object.split("/");
  const isResource = (type === "*" || isTypeName(type)) && (name === undefined || isObjectName(name)) &&
    more.length === 0;
  return isResource || PATH.test(object)
    ? pass({ kind: "access_question", verb, object })
    : refuse("invalid_argument", `${quoteReceived(object)} is no type`, "Name a type, TYPE/NAME or a path.");
}
