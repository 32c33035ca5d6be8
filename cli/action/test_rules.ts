import { classify } from "../../src/events/classify.ts";
import type { Classification } from "../../src/events/classification.ts";
import type { ClusterEvent } from "../../src/events/cluster_event.ts";
import { compileCatalogue, compileRules, type RuleSet } from "../../src/events/compile_rules.ts";
import { normalizeEvent } from "../../src/events/normalize_event.ts";
import { loadConfig } from "../../src/config/load_config.ts";
import { formatProblem } from "../../src/config/config_problem.ts";
import { compact } from "../../src/lifecycle/compact.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";
import type { CliContext } from "../cli_context.ts";
import { parseEventObjects } from "./parse_event_objects.ts";
import { type Column, describeLeftOut, fitTable } from "../plain_table.ts";
import { formatData } from "../output_form.ts";
import { columnsOf, type TableForm } from "../output_option.ts";
import { printable } from "../printable.ts";
import { readInput } from "./read_input.ts";

interface TestRulesOptions {
  readonly file: string;
  readonly config?: string;
  readonly output: TableForm;
}

interface Verdict {
  readonly event: ClusterEvent;
  readonly classification: Classification;
}

/** Classifies every event of the input, in its order, and prints a line for each. */
export async function runTestRules(context: CliContext, options: TestRulesOptions): Promise<void> {
  const { rules, unknownWarnings } = await loadRules(context, options.config);
  const name = options.file === "-" ? "standard input" : options.file;
  const objects = parseEventObjects(await readInput(context, options.file), name);
  const verdicts = objects.map(({ object, place }): Verdict => {
    const event = normalizeEvent(withMetadata(object));
    if (event === null) {
      throw new AgentError(
        "bad_input",
        `${place}: not an Event: it has no metadata; kubectl get events -o json gives them`,
      );
    }
    return { event, classification: classify(rules, event, { unknownWarnings }) };
  });
  const { output } = options;
  if (output === "json" || output === "yaml") {
    for (const verdict of verdicts) context.stdout.write(formatData(output, toJson(verdict)));
  } else context.stdout.write(toText(verdicts, columnsOf(context.stdout, output)));
}

/** The catalogue alone, or with what the configuration says of events; of the rest of a configuration nothing is needed. */
async function loadRules(
  context: CliContext,
  config: string | undefined,
): Promise<{ rules: RuleSet; unknownWarnings: "report" | "drop" }> {
  if (config === undefined) return { rules: compileCatalogue(), unknownWarnings: "report" };
  // Rules are tried where there is no central to name.
  const env = { CENTRAL_ENDPOINT: "nats://127.0.0.1:4222", ...context.env };
  const loaded = await loadConfig({ path: config, env });
  if (loaded.kind === "invalid") {
    throw new AgentError("bad_configuration", loaded.problems.map(formatProblem).join("\n"));
  }
  const { events } = loaded.config;
  const compiled = compileRules(events.rules, () => null); // the loader has looked at the patterns
  if (compiled.kind === "invalid") {
    throw new AgentError(
      "bad_configuration",
      compiled.problems.map(({ id, message }) => `rule ${id}: ${message}`).join("\n"),
    );
  }
  return { rules: compiled.rules, unknownWarnings: events.unknown_warnings };
}

/** A file may hold events that never were in a cluster: uid and resourceVersion do not matter here. */
function withMetadata(object: Readonly<Record<string, unknown>>): unknown {
  const { metadata } = object;
  if (typeof metadata !== "object" || metadata === null) return object;
  return { ...object, metadata: { ...metadata, uid: "none", resourceVersion: "1" } };
}

function toJson({ event, classification }: Verdict): Record<string, unknown> {
  const fault = classification.kind === "fault" ? classification : null;
  return {
    name: event.name,
    namespace: event.namespace,
    reported: fault !== null,
    rule: classification.rule,
    severity: fault?.severity ?? null,
    category: fault?.category ?? null,
    reason: event.reason,
    ...compact({ graded_by: fault?.gradedBy }),
  };
}

const COLUMNS: readonly Column[] = [
  { title: "OBJECT", cut: "middle", least: 16 },
  { title: "REASON", cut: "end", worth: 3 },
  { title: "VERDICT" },
  { title: "SEVERITY", worth: 4 },
  { title: "RULE", cut: "middle", least: 16, worth: 2 },
  { title: "MEANING", cut: "end", least: 24, worth: 1 },
];

function toText(verdicts: readonly Verdict[], width: number | null): string {
  const rows = verdicts.map(({ event, classification }) => {
    const { kind, namespace, name } = event.involvedObject;
    const fault = classification.kind === "fault" ? classification : null;
    return [
      [namespace, `${kind}/${name}`].filter((part) => part !== "").join("/"),
      event.reason,
      fault === null ? "ignored" : "reported",
      fault?.severity ?? "-",
      classification.rule ?? "-",
      fault?.explanation ?? "",
    ].map(printable);
  });
  const reported = verdicts.filter(({ classification }) => classification.kind === "fault").length;
  const fitted = fitTable(COLUMNS, rows, width);
  return `${fitted.text}\n${reported} of ${verdicts.length} events reported${describeLeftOut(fitted)}\n`;
}
