import { createReadStream } from "node:fs";
import type { ChainHead } from "../../src/commands/audit/audit_line.ts";
import { type AuditVerdict, type ExpectedPlace, verifyAudit } from "../../src/commands/audit/verify_audit.ts";
import { compact } from "../../src/lifecycle/compact.ts";
import { AgentError, errorMessage } from "../../src/lifecycle/errors.ts";
import type { CliContext } from "../cli_context.ts";
import { EXIT_CODE } from "../exit_code.ts";

export interface AuditVerifyOptions {
  readonly file: string;
  readonly expectHash?: ExpectedPlace;
  readonly after?: ChainHead;
  readonly output: "text" | "json";
}

/** Checks one audit log and says what it proves; the answer is no when the chain is broken anywhere. */
export async function runAuditVerify(context: CliContext, options: AuditVerifyOptions): Promise<void> {
  const verdict = await verifyFile(options);
  if (verdict.kind === "broken") context.setExitCode(EXIT_CODE.no);
  const { head, ...rest } = verdict;
  context.stdout.write(options.output === "json" ? `${JSON.stringify({ ...rest, head })}\n` : `${describe(verdict)}\n`);
  if (verdict.kind === "intact" && options.expectHash === undefined) {
    context.stderr.write(
      "Lines missing at the end can't be seen from the file alone: keep the head somewhere else, and give it to --expect-hash next time.\n",
    );
  }
}

function describe(verdict: AuditVerdict): string {
  const head = `${verdict.head.seq}:${verdict.head.hash}`;
  return verdict.kind === "intact"
    ? `intact: ${verdict.lines} lines, head ${head}`
    : `broken at line ${verdict.line}: ${verdict.problem}; everything before it fits, up to ${head}`;
}

async function verifyFile({ file, after, expectHash }: AuditVerifyOptions): Promise<AuditVerdict> {
  try {
    return await verifyAudit(createReadStream(file), compact({ after, expected: expectHash }));
  } catch (error) {
    throw new AgentError("bad_input", `Cannot read ${file}: ${errorMessage(error)}`, { cause: error });
  }
}
