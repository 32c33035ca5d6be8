import { parseGoDuration } from "../../wire/duration.ts";
import { type Checked, pass, refuse } from "../checked.ts";
import type { ParsedCommand, ParsedFlag } from "./parsed_command.ts";

/**
 * Keeps `kubectl rollout status` from waiting for a rollout that never ends: it looks once (`--watch=false`) unless it is
 * given a `--timeout`, which has to end before the command's own time does.
 */
export function boundWaiting(command: ParsedCommand, timeoutMs: number): Checked<ParsedCommand> {
  const timeout = command.verb.flags.find(({ name }) => name === "--timeout");
  const watch = command.verb.flags.find(({ name }) => name === "--watch");
  if (timeout === undefined || watch === undefined || command.tool.path !== null) return pass(command);
  const given = (name: string) => command.flags.find(({ rule }) => rule.name === name)?.value;
  const waits = given("--watch");
  const limit = given("--timeout");
  if (waits === false) return pass(command);
  if (typeof limit === "string") {
    return (parseGoDuration(limit) ?? Infinity) < timeoutMs ? pass(command) : refuse(
      "invalid_value",
      `--timeout ${limit} is not below the command's own time`,
      "Give the command more time, or wait less.",
    );
  }
  if (waits === true) return refuse("missing_flag", "--watch needs an end", "Add --timeout.");
  const once: ParsedFlag = { rule: watch, value: false };
  return pass({ ...command, flags: [...command.flags, once] });
}
