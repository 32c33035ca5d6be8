import { runToolOrFail } from "./run_tool.ts";

/**
 * Writes a script that can be run at once. Another process writes it: a program that this one held open for writing goes on
 * being so in every child that is forked in that moment, and to run it then fails as "Text file busy" (ETXTBSY).
 */
export async function writeProgram(path: string, text: string): Promise<void> {
  await runToolOrFail("sh", ["-c", 'cat >"$1" && chmod 755 "$1"', "sh", path], { stdin: text });
}
