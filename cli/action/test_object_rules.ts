import { stat } from "node:fs/promises";
import { formatProblem } from "../../src/config/config_problem.ts";
import { loadConfig } from "../../src/config/load_config.ts";
import { compact } from "../../src/lifecycle/compact.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";
import { fileProblem } from "../../src/lifecycle/file_problem.ts";
import { type DumpVerdict, judgeDump, type ObjectDump } from "../../src/objects/judge_dump.ts";
import type { ObjectRule } from "../../src/objects/object_rule.ts";
import { OBJECT_RULES } from "../../src/objects/object_rules.ts";
import { objectRulesInForce } from "../../src/objects/rule_settings.ts";
import { formatGoDuration } from "../../src/wire/duration.ts";
import type { CliContext } from "../cli_context.ts";
import { type Column, describeLeftOut, fitTable } from "../plain_table.ts";
import { formatData } from "../output_form.ts";
import { columnsOf, type TableForm } from "../output_option.ts";
import { printable } from "../printable.ts";
import { parseObjects } from "./parse_event_objects.ts";
import { readInput } from "./read_input.ts";

interface TestObjectRulesOptions {
  readonly file: string;
  /** An older dump. */
  readonly before?: string;
  readonly config?: string;
  readonly output: TableForm;
}

/** `events.backlog` where no configuration says otherwise. */
const BACKLOG_MS = 5 * 60_000;

/** Judges the objects of a dump by the rules about objects and prints a line for each finding. */
export async function runTestObjectRules(context: CliContext, options: TestObjectRulesOptions): Promise<void> {
  const { rules, backlogMs } = await loadRules(context, options.config);
  const now = await readDump(context, options.file);
  const before = options.before === undefined ? null : await readDump(context, options.before);
  const verdicts = judgeDump({ rules, backlogMs, before, now });
  const { output } = options;
  if (output === "json" || output === "yaml") {
    for (const verdict of verdicts) context.stdout.write(formatData(output, toJson(verdict)));
  } else context.stdout.write(toText(verdicts, columnsOf(context.stdout, output), now, before !== null));
}

/** A dump is as old as its file; standard input is of now. */
async function readDump(context: CliContext, file: string): Promise<ObjectDump> {
  const name = file === "-" ? "standard input" : file;
  const objects = parseObjects(await readInput(context, file), name).map(({ object }) => object);
  if (file === "-") return { objects, atMs: Date.now() };
  const { mtimeMs } = await stat(file).catch((cause) => {
    throw new AgentError("bad_input", `Cannot read ${file}: ${fileProblem("read", cause)}`, { cause });
  });
  return { objects, atMs: mtimeMs };
}

async function loadRules(
  context: CliContext,
  config: string | undefined,
): Promise<{ readonly rules: readonly ObjectRule[]; readonly backlogMs: number }> {
  if (config === undefined) return { rules: OBJECT_RULES, backlogMs: BACKLOG_MS };
  // Rules are tried where there is no central to name.
  const env = { CENTRAL_ENDPOINT: "nats://127.0.0.1:4222", ...context.env };
  const loaded = await loadConfig({ path: config, env });
  if (loaded.kind === "invalid") {
    throw new AgentError("bad_configuration", loaded.problems.map(formatProblem).join("\n"));
  }
  const { objects, events: { backlog } } = loaded.config;
  const backlogMs = typeof backlog === "number" ? backlog : backlog === "all" ? Infinity : 0;
  return { rules: objectRulesInForce(objects.rules), backlogMs };
}

function toJson({ verdict, isNew, rule, severity, object, sinceMs, message, excuse }: DumpVerdict) {
  return {
    kind: object.kind,
    namespace: object.namespace,
    name: object.name,
    verdict,
    new: isNew,
    rule: rule.id,
    severity,
    since: sinceMs === null ? null : new Date(sinceMs).toISOString(),
    message,
    ...compact({ excuse: excuse ?? undefined }),
  };
}

const COLUMNS: readonly Column[] = [
  { title: "OBJECT", cut: "middle", least: 16 },
  { title: "VERDICT", cut: "end", least: 12 },
  { title: "FOR", worth: 3 },
  { title: "SEVERITY", worth: 4 },
  { title: "RULE", cut: "middle", least: 16, worth: 2 },
  { title: "MESSAGE", cut: "end", least: 24, worth: 1 },
];

function toText(
  verdicts: readonly DumpVerdict[],
  width: number | null,
  { objects, atMs }: ObjectDump,
  compared: boolean,
): string {
  const faults = verdicts.filter(({ verdict }) => verdict === "fault");
  const fresh = compared ? `, ${faults.filter(({ isNew }) => isNew).length} of them new` : "";
  const sum = `${countOf(faults.length, "fault")} in ${countOf(objects.length, "object")}${fresh}`;
  if (verdicts.length === 0) return `${sum}\n`;
  const rows = verdicts.map(({ verdict, isNew, rule, severity, object, sinceMs, message, excuse }) => {
    const { kind, namespace, name } = object;
    return [
      [namespace, `${kind}/${name}`].filter((part) => part !== "").join("/"),
      excuse === null ? `${isNew ? "new " : ""}${verdict}` : `excused: ${excuse}`,
      sinceMs === null || sinceMs > atMs ? "-" : formatGoDuration(Math.floor((atMs - sinceMs) / 1000) * 1000),
      severity,
      rule.id,
      message,
    ].map(printable);
  });
  const fitted = fitTable(COLUMNS, rows, width);
  return `${fitted.text}\n${sum}${describeLeftOut(fitted)}\n`;
}

const countOf = (count: number, what: string) => `${count} ${count === 1 ? what : `${what}s`}`;
