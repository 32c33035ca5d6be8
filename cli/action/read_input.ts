import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { decodeText } from "../../src/lifecycle/decode_text.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";
import { fileProblem } from "../../src/lifecycle/file_problem.ts";
import type { CliContext } from "../cli_context.ts";

/** The text of a file, or of standard input for `-`. Throws an `AgentError` (`bad_input`). */
export async function readInput(context: CliContext, file: string): Promise<string> {
  if (file !== "-") {
    return decodeText(
      await readFile(file).catch((cause) => {
        throw new AgentError("bad_input", `Cannot read ${file}: ${fileProblem("read", cause)}`, { cause });
      }),
    );
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of context.stdin) chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  return decodeText(Buffer.concat(chunks));
}
