import { open } from "node:fs/promises";
import { createUser } from "@nats-io/nkeys";
import { AgentError } from "../../src/lifecycle/errors.ts";
import { fileProblem } from "../../src/lifecycle/file_problem.ts";
import type { CliContext } from "../cli_context.ts";

/** Writes a new seed into `path`, which must not exist, and prints the public key. */
export async function runKeygen(context: CliContext, path: string): Promise<void> {
  const keyPair = createUser();
  try {
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(`${new TextDecoder().decode(keyPair.getSeed())}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    const exists = error instanceof Error && "code" in error && error.code === "EEXIST";
    const problem = exists
      ? "it exists, and a key is never overwritten; name another file"
      : fileProblem("write", error);
    throw new AgentError("failed", `Cannot write a key to ${path}: ${problem}`, { cause: error });
  }
  context.stdout.write(`${keyPair.getPublicKey()}\n`);
  keyPair.clear();
}
