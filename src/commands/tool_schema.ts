import * as z from "zod/mini";
import type { DeepReadonly } from "../lifecycle/deep_readonly.ts";
import { formatGoDuration, parseGoDuration } from "../wire/duration.ts";
import { BUILT_IN_TOOLS } from "./tool/built_in_tools.ts";
import { isInterpreter } from "./tool/interpreter.ts";

// Every error text ends the sentence "must be …", as everywhere in the configuration.

const NAME = "a name of at most 63 lower-case letters, digits and . _ -";
const PATH = "an absolute path without //, . and .. parts";
const FLAG = "a flag with its dashes: --long-name, or - and one letter or digit";
const WORD = "1 to 128 letters, digits and . _ : / @ % + = , - and no dash first";
const DURATION = "a duration: a Go duration string (1m30s) or a number of seconds";

const plainPath = z.string({ error: PATH })
  .check(z.regex(/^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._+@-]+)+$/, { error: PATH }));
const word = z.string({ error: WORD }).check(
  z.regex(/^[A-Za-z0-9._:\/@%+=,][A-Za-z0-9._:\/@%+=,-]{0,127}$/, { error: WORD }),
);
const int = z.int({ error: "a whole number from 0 to 10^15" }).check(z.minimum(0), z.maximum(1e15));

/** Stays as written, so that the effective configuration can be shown as it may stand in the file. */
function duration(minMs: number, maxMs: number) {
  const allowed = `${DURATION} from ${formatGoDuration(minMs)} to ${formatGoDuration(maxMs)}`;
  return z.union([z.string(), z.number()], { error: allowed }).check(z.refine((value) => {
    const ms = configuredMs(value);
    return ms !== null && ms >= minMs && ms <= maxMs;
  }, { error: allowed }));
}

/** The milliseconds of a duration in the configuration: a Go duration string or a number of seconds. */
export function configuredMs(value: string | number): number | null {
  return typeof value === "number" ? value * 1000 : parseGoDuration(value);
}

const DAY_MS = 86_400_000;

/** The kinds of value, each with the limits it needs. */
const VALUE_TYPES = {
  enum: { values: z.array(word, { error: "a list of words" }).check(z.minLength(1), z.maxLength(100)) },
  int: { min: int, max: int },
  duration: { min: z.prefault(duration(0, 366 * DAY_MS), 0), max: duration(1, 366 * DAY_MS) },
  kubernetes_name: {},
  selector: {},
  host: {},
  path: { below: plainPath },
} as const;

const TYPES = `one of switch, ${Object.keys(VALUE_TYPES).join(", ")}`;

const flagHead = {
  name: z.string({ error: FLAG }).check(z.regex(/^(?:--[A-Za-z0-9][A-Za-z0-9-]{0,62}|-[A-Za-z0-9])$/, { error: FLAG })),
  short: z.optional(
    z.string({ error: FLAG }).check(z.regex(/^-[A-Za-z0-9]$/, { error: "- and one letter or digit" })),
  ),
  /** The tool may not run without it. */
  required: z.prefault(z.boolean({ error: "true or false" }), false),
};
const argumentHead = {
  /** What it is called in reasons. */
  name: z.string({ error: NAME }).check(z.regex(/^[A-Za-z][A-Za-z0-9 _-]{0,62}$/, { error: NAME })),
  optional: z.prefault(z.boolean({ error: "true or false" }), false),
};

const flagSchema = z.discriminatedUnion("type", [
  z.strictObject({ ...flagHead, type: z.literal("switch") }),
  z.strictObject({ ...flagHead, type: z.literal("enum"), ...VALUE_TYPES.enum }),
  z.strictObject({ ...flagHead, type: z.literal("int"), ...VALUE_TYPES.int }),
  z.strictObject({ ...flagHead, type: z.literal("duration"), ...VALUE_TYPES.duration }),
  z.strictObject({ ...flagHead, type: z.literal("kubernetes_name"), ...VALUE_TYPES.kubernetes_name }),
  z.strictObject({ ...flagHead, type: z.literal("selector"), ...VALUE_TYPES.selector }),
  z.strictObject({ ...flagHead, type: z.literal("host"), ...VALUE_TYPES.host }),
  z.strictObject({ ...flagHead, type: z.literal("path"), ...VALUE_TYPES.path }),
], { error: TYPES });

const argumentSchema = z.discriminatedUnion("type", [
  z.strictObject({ ...argumentHead, type: z.literal("enum"), ...VALUE_TYPES.enum }),
  z.strictObject({ ...argumentHead, type: z.literal("int"), ...VALUE_TYPES.int }),
  z.strictObject({ ...argumentHead, type: z.literal("duration"), ...VALUE_TYPES.duration }),
  z.strictObject({ ...argumentHead, type: z.literal("kubernetes_name"), ...VALUE_TYPES.kubernetes_name }),
  z.strictObject({ ...argumentHead, type: z.literal("selector"), ...VALUE_TYPES.selector }),
  z.strictObject({ ...argumentHead, type: z.literal("host"), ...VALUE_TYPES.host }),
  z.strictObject({ ...argumentHead, type: z.literal("path"), ...VALUE_TYPES.path }),
], { error: TYPES.replace("switch, ", "") });

const flagList = z.prefault(z.array(flagSchema, { error: "a list of flags" }).check(z.maxLength(100)), []);
const argumentList = z.prefault(z.array(argumentSchema, { error: "a list of arguments" }).check(z.maxLength(16)), []);

const verbSchema = z.strictObject({
  name: z.string({ error: NAME }).check(z.regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, { error: NAME })),
  flags: flagList,
  arguments: argumentList,
});

const toolFields = z.strictObject({
  name: z.string({ error: NAME }).check(z.regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, { error: NAME })),
  path: plainPath,
  /** Flags of every verb, or of the tool itself where it has no verbs. */
  flags: flagList,
  /** Arguments beside the flags, in order, of a tool without verbs. */
  arguments: argumentList,
  verbs: z.prefault(z.array(verbSchema, { error: "a list of verbs" }).check(z.maxLength(100)), []),
  /** `joined` prints `--limit=5`, `separate` prints `--limit 5`. */
  value_style: z.prefault(z.enum(["joined", "separate"], { error: "joined or separate" }), "joined"),
  /** The longest run of this tool, below the ceiling for all. */
  timeout: z.optional(duration(1000, 3_600_000)),
  /** Bytes of output after which it is cut. */
  output_limit: z.optional(
    z.int({ error: "a whole number of bytes from 1024 to 16777216" }).check(z.minimum(1024), z.maximum(16 * 2 ** 20)),
  ),
});

type Fields = DeepReadonly<z.infer<typeof toolFields>>;
export type ConfiguredFlag = DeepReadonly<z.infer<typeof flagSchema>>;
export type ConfiguredArgument = DeepReadonly<z.infer<typeof argumentSchema>>;

/**
 * A tool of the operator's own, with a typed grammar. Refused here, because no grammar would hold it: a shell, an
 * interpreter or a launcher, and a name of the built-in table. What the path's file really is needs a look at the disk:
 * `inspectToolFiles`.
 */
export const configuredToolSchema = toolFields.check(z.superRefine((tool, context) => {
  for (const { path, message } of toolProblems(tool)) context.addIssue({ code: "custom", path: [...path], message });
}));
export type ConfiguredTool = Fields;

/** A list of such tools; names are unique. */
export const configuredToolsSchema = z.array(configuredToolSchema, { error: "a list of at most 100 tools" })
  .check(z.maxLength(100));

interface ToolProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

function toolProblems(tool: Fields): readonly ToolProblem[] {
  const problems: ToolProblem[] = [];
  if (BUILT_IN_TOOLS.some((rule) => rule.name === tool.name)) {
    problems.push({ path: ["name"], message: "a name that no built-in tool has" });
  }
  if (isInterpreter(tool.name)) {
    problems.push({ path: ["name"], message: "no name of a shell, interpreter or launcher" });
  }
  if (isInterpreter(tool.path.split("/").at(-1) ?? "")) {
    problems.push({ path: ["path"], message: "no shell, interpreter or launcher: no grammar can hold what it runs" });
  }
  if (tool.verbs.length > 0 && tool.arguments.length > 0) {
    problems.push({ path: ["arguments"], message: "empty where there are verbs; each verb has its own" });
  }
  problems.push(...repeated(tool.verbs.map((verb) => verb.name), ["verbs"]));
  problems.push(...listProblems(tool.flags, tool.arguments, []));
  for (const [at, verb] of tool.verbs.entries()) {
    problems.push(...listProblems([...tool.flags, ...verb.flags], verb.arguments, ["verbs", at]));
  }
  return problems;
}

function listProblems(
  flags: readonly ConfiguredFlag[],
  values: readonly ConfiguredArgument[],
  path: ToolProblem["path"],
): readonly ToolProblem[] {
  const spellings = flags.flatMap((flag) =>
    flag.short === undefined || flag.short === flag.name ? [flag.name] : [flag.name, flag.short]
  );
  const ranges = [...flags, ...values].filter((value) =>
    (value.type === "int" && value.min > value.max) ||
    (value.type === "duration" && (configuredMs(value.min) ?? 0) > (configuredMs(value.max) ?? 0))
  );
  const lateRequired = values.findIndex((value, at) => !value.optional && values[at - 1]?.optional === true);
  return [
    ...repeated(spellings, [...path, "flags"]),
    ...ranges.map((value) => ({ path: [...path], message: `a range for ${value.name} whose min is at most its max` })),
    ...(lateRequired === -1
      ? []
      : [{ path: [...path, "arguments", lateRequired], message: "optional, because the one before it is" }]),
  ];
}

function repeated(names: readonly string[], path: ToolProblem["path"]): readonly ToolProblem[] {
  const twice = names.filter((name, at) => names.indexOf(name) < at);
  return [...new Set(twice)].map((name) => ({ path, message: `a list without a second ${name}` }));
}
