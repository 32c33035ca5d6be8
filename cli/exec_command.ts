import { readFile } from "node:fs/promises";
import { openSigningKey, type SigningKey } from "../src/commands/signing_key.ts";
import { SIGNATURE_LIFETIME_LIMIT_MS, signCommand } from "../src/commands/signature.ts";
import { compact } from "../src/lifecycle/compact.ts";
import { AgentError } from "../src/lifecycle/errors.ts";
import { fileProblem } from "../src/lifecycle/file_problem.ts";
import { type CommandResult, commandResultSchema } from "../src/wire/command_result.ts";
import { encodeWireDuration } from "../src/wire/duration.ts";
import type { CliContext } from "./cli_context.ts";

/** A command as a person gives it. */
interface ExecRequest {
  /** Tool, action and arguments. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
}

/** Enough for clocks that differ and a bus that is slow; what was signed can't be used for longer. */
const SIGNATURE_LIFETIME_MS = Math.min(60_000, SIGNATURE_LIFETIME_LIMIT_MS);

/** The body and headers of a command for one cluster, signed where there is a key. */
export function encodeExecCommand(
  context: Pick<CliContext, "env">,
  id: string,
  cluster: string,
  { command, timeoutMs }: ExecRequest,
  key: SigningKey | null,
): { readonly body: Uint8Array; readonly headers: Readonly<Record<string, string>> } {
  const [tool = "", action = "", ...args] = command;
  const body = new TextEncoder().encode(JSON.stringify({
    id,
    type: "diagnostic",
    tool,
    action,
    args,
    timeout: encodeWireDuration(timeoutMs),
    created_at: new Date().toISOString(),
    // Signed with the rest: an agent of another cluster refuses it by name.
    cluster_id: cluster,
    ...compact({ issued_by: context.env.USER }),
  }));
  const headers = key === null ? {} : signCommand(body, {
    key,
    clusterId: cluster,
    expiresAtMs: Date.now() + SIGNATURE_LIFETIME_MS,
  });
  return { body, headers };
}

/** What a message on the inbox of command `id` for `cluster` turned out to be. */
export type ExecReply =
  | { readonly kind: "result"; readonly result: CommandResult }
  /** It names another cluster than the one that was asked. */
  | { readonly kind: "other_cluster"; readonly claims: string }
  | { readonly kind: "no_result" };

/** Reads a reply. A result is believed only where it names the command and the cluster that were asked. */
export function decodeExecReply(body: Uint8Array, id: string, cluster: string): ExecReply {
  try {
    const result = commandResultSchema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)));
    if (result.command_id !== id) return { kind: "no_result" };
    if (result.cluster_id !== cluster) return { kind: "other_cluster", claims: result.cluster_id };
    return { kind: "result", result };
  } catch {
    return { kind: "no_result" };
  }
}

/** Opens the key that `agent keygen` wrote. */
export async function readSigningKey(path: string): Promise<SigningKey> {
  try {
    return openSigningKey((await readFile(path, "utf8")).trim());
  } catch (error) {
    throw new AgentError(
      "bad_input",
      `Cannot read a signing key from ${path}: ${fileProblem("read", error)}; make one with agent keygen FILE`,
    );
  }
}
