import type { ChainHead } from "../../src/commands/audit/audit_line.ts";
import type { AuditVerdict, ExpectedPlace } from "../../src/commands/audit/verify_audit.ts";
import { type AuditFilesVerdict, verifyAuditFiles } from "../../src/commands/audit/verify_audit_files.ts";
import { compact } from "../../src/lifecycle/compact.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";
import { fileProblem } from "../../src/lifecycle/file_problem.ts";
import type { CliContext } from "../cli_context.ts";
import { EXIT_CODE } from "../exit_code.ts";
import { formatData } from "../output_form.ts";
import type { OutputForm } from "../output_option.ts";

interface AuditVerifyOptions {
  readonly file: string;
  readonly expectHash?: ExpectedPlace;
  readonly after?: ChainHead;
  readonly output: OutputForm;
}

/** Checks one audit log, its older files included, and says what it proves; the answer is no when the chain is broken. */
export async function runAuditVerify(context: CliContext, options: AuditVerifyOptions): Promise<void> {
  const { files, verdict } = await verifyFiles(options);
  if (verdict.kind === "broken") context.setExitCode(EXIT_CODE.no);
  const { head, unended, ...rest } = verdict;
  const place = rest.kind === "broken" ? { ...rest, file: files[rest.file] ?? options.file } : rest;
  context.stdout.write(
    options.output !== "text"
      ? formatData(options.output, { ...place, files, unended, head })
      : `${describe(verdict, files, options.file)}\n`,
  );
  if (verdict.kind === "intact" && options.expectHash === undefined) {
    context.stderr.write(
      "Lines missing at the end can't be seen from the files alone: keep the head somewhere else, and give it to --expect-hash next time.\n",
    );
  }
}

const UNENDED_SHOWN = 10;

function describe(verdict: AuditVerdict, files: readonly string[], path: string): string {
  const head = `${verdict.head.seq}:${verdict.head.hash}`;
  if (verdict.kind === "broken") {
    const file = files[verdict.file] ?? path;
    const where = files.length > 1 ? `line ${verdict.line} of ${file}` : `line ${verdict.line}`;
    return `broken at ${where}: ${verdict.problem}; everything before it fits, up to ${head}`;
  }
  const inFiles = files.length > 1 ? ` in ${files.length} files` : "";
  const late = verdict.first > 1 ? ` from line ${verdict.first} of the chain on` : "";
  return `intact: ${verdict.lines} lines${inFiles}${late}, head ${head}${describeUnended(verdict.unended)}`;
}

function describeUnended(unended: readonly number[]): string {
  if (unended.length === 0) return "";
  const shown = unended.slice(0, UNENDED_SHOWN).join(", ") + (unended.length > UNENDED_SHOWN ? ", …" : "");
  return `\nstarted without an end: ${unended.length} (line ${shown} of the chain); they run now, or the agent was killed meanwhile`;
}

async function verifyFiles({ file, after, expectHash }: AuditVerifyOptions): Promise<AuditFilesVerdict> {
  try {
    return await verifyAuditFiles(file, compact({ after, expected: expectHash }));
  } catch (error) {
    throw new AgentError("bad_input", `Cannot read ${file}: ${fileProblem("read", error)}`, { cause: error });
  }
}
