import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import type { ChainHead } from "../../src/commands/audit/audit_line.ts";
import type { ExpectedPlace } from "../../src/commands/audit/verify_audit.ts";
import type { CliContext } from "../cli_context.ts";
import { createOutputOption } from "../output_option.ts";

/** `agent audit`: what to do with the audit log of commands. */
export function createAuditCommand(context: CliContext) {
  return new Command("audit")
    .description("check the audit log of commands")
    .addCommand(createVerifyCommand(context));
}

function createVerifyCommand(context: CliContext) {
  return new Command("verify")
    .description("check that no line of an audit log was changed, removed, added or moved")
    .argument("<file>", "the audit log")
    .option(
      "--expect-hash <seq:hash>",
      "a head from an earlier check, or its hash alone, that the chain must contain: finds lines missing at the end (default: none)",
      parseExpected,
    )
    .option(
      "--after <seq:hash>",
      "the last line of the previous file: check this file alone (default: FILE.1, FILE.2 and so on are checked before it)",
      parseHead,
    )
    .addOption(createOutputOption())
    .action(async (file, options) => {
      const { runAuditVerify } = await import("../action/audit_verify.ts");
      await runAuditVerify(context, { file, ...options });
    });
}

/** A head as it is printed, or the hash alone, as a line of the log has it. */
function parseExpected(text: string): ExpectedPlace {
  const [, seq, hash] = /^(?:(\d{1,15}):)?([0-9a-f]{64})$/.exec(text) ?? [];
  if (hash === undefined) {
    throw new InvalidArgumentError(
      "It is the head as agent audit verify prints it (a number, a colon and 64 hex digits), or the 64 hex digits alone.",
    );
  }
  return seq === undefined ? { hash } : { seq: Number(seq), hash };
}

function parseHead(text: string): ChainHead {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined || hash === undefined) {
    throw new InvalidArgumentError(
      "It is written as agent audit verify prints it: a number, a colon and 64 hex digits.",
    );
  }
  return { seq: Number(seq), hash };
}
