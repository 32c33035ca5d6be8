import process from "node:process";
import * as z from "zod";
import { findTool, ToolMissingError } from "../../sandbox/find_tool.ts";
import { runTool } from "../../sandbox/run_tool.ts";
import { KUBERNETES_VERSION } from "../../sandbox/tool_table.ts";

/** Checks that kube-score leaves to those who ask for them, and that hold here. */
const OPTIONAL = ["container-seccomp-profile", "container-ports-check"];
/** Its grades are 1 (critical), 5 (warning), 7 (almost) and 10. */
const GOOD = 7;

const reportSchema = z.array(z.object({
  object_name: z.string(),
  checks: z.array(z.object({
    check: z.object({ id: z.string() }),
    grade: z.number(),
    skipped: z.boolean(),
    comments: z.array(z.object({ path: z.string(), summary: z.string() })).nullable(),
  })),
}));

/** A check that an object does not pass. */
export interface ScoreFinding {
  readonly check: string;
  /** The object, what of it, and what is wrong. */
  readonly text: string;
}

/** kube-score's path, built where it is missing (a minute), or `null` with one loud line where it can not be had. */
export async function findKubeScore(): Promise<string | null> {
  try {
    return await findTool("kube-score");
  } catch (error) {
    if (!(error instanceof ToolMissingError)) throw error;
    process.stderr.write(`SKIPPED: kube-score; ${error.message}\n`);
    return null;
  }
}

/** What kube-score finds in a text of YAML documents. */
export async function scoreObjects(kubeScore: string, objects: string): Promise<readonly ScoreFinding[]> {
  const version = `v${KUBERNETES_VERSION.split(".").slice(0, 2).join(".")}`;
  const optional = OPTIONAL.flatMap((check) => ["--enable-optional-test", check]);
  const args = ["score", "--kubernetes-version", version, "--output-format", "json", ...optional, "-"];
  const run = await runTool(kubeScore, args, { stdin: objects });
  if (run.stdout === "") throw new Error(`kube-score ended with ${run.code}: ${run.stderr}`); // 1 is: it found something
  return reportSchema.parse(JSON.parse(run.stdout)).flatMap(({ object_name, checks }) =>
    checks.filter(({ grade, skipped }) => !skipped && grade < GOOD).flatMap(({ check, comments }) =>
      (comments ?? [{ path: "", summary: check.id }]).map(({ path, summary }) => ({
        check: check.id,
        text: [object_name, path, summary].filter((part) => part !== "").join(": "),
      }))
    )
  );
}
