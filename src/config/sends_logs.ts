import type { Config } from "./config_schema.ts";

/** Whether evidence may hold the end of a log: `auto` sends no more than the central side may ask for already. */
export function sendsLogs(
  { evidence, enable_commands, commands }: Pick<Config, "evidence" | "enable_commands" | "commands">,
): boolean {
  if (evidence.logs !== "auto") return evidence.logs === "on";
  if (!enable_commands) return false;
  if (commands.allowed === undefined) return true;
  const verbs = Object.hasOwn(commands.allowed, "kubectl") ? commands.allowed.kubectl ?? [] : [];
  return verbs.includes("logs") || verbs.includes("*");
}
