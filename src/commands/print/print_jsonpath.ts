import type { JsonValue } from "../../redaction/redact_value.ts";
import { createJsonPathEvaluator, type JsonPathEvaluator } from "./evaluate_jsonpath.ts";
import type { FoundValue } from "./found_value.ts";
import { formatJson, formatResult } from "./format_go_value.ts";
import type { JsonPathList, JsonPathTemplate } from "./jsonpath_node.ts";
import { CUT, type ObjectPrinter } from "./object_printer.ts";
import { PrintFailure } from "./print_failure.ts";
import type { PrintRequest } from "./print_request.ts";
import type { ResultText } from "./result_text.ts";
import { type Segment, splitTemplate } from "./split_template.ts";
import type { StepBudget } from "./step_budget.ts";

const INDENT = "    ";

/** Prints by a JSONPath template. A list goes through item by item where the template allows it. */
export function createJsonPathPrinter(
  request: PrintRequest & { readonly kind: "jsonpath" },
  output: ResultText,
  budget: StepBudget,
): ObjectPrinter {
  const { allowMissingKeys, asJson, template } = request;
  const evaluator = createJsonPathEvaluator({ allowMissingKeys, budget });
  // Whether a field is missing everywhere is known only once every item was seen.
  const segments = allowMissingKeys ? splitTemplate(template) : null;
  if (segments === null) {
    return {
      keepsItems: true,
      takeItem: () => {},
      finish: (whole) => whole !== CUT && writeTemplate(evaluator, template, whole, asJson, output),
    };
  }
  const writers = segments.map((segment) => createSegmentWriter(segment, evaluator, asJson, output.branch()));
  return {
    keepsItems: false,
    takeItem: (item) => writers.forEach((writer) => writer.takeItem(item)),
    finish: (envelope) => writers.forEach((writer) => writer.finish(envelope)),
  };
}

interface SegmentWriter {
  takeItem(item: JsonValue): void;
  finish(envelope: JsonValue | typeof CUT): void;
}

function createSegmentWriter(
  segment: Segment,
  evaluator: JsonPathEvaluator,
  asJson: boolean,
  output: ResultText,
): SegmentWriter {
  switch (segment.kind) {
    case "fixed":
      return {
        takeItem: () => {},
        finish: (envelope) => envelope !== CUT && writeTemplate(evaluator, segment.parts, envelope, asJson, output),
      };
    case "each": {
      const apply = createItemwise(evaluator, segment.rest);
      const results = createResultWriter(asJson, output);
      return { takeItem: (item) => apply(item).forEach(results.add), finish: results.end };
    }
    case "range": {
      const apply = createItemwise(evaluator, segment.rest);
      let isEmpty = true;
      const write = (value: FoundValue) => writeTemplate(evaluator, segment.body, value, asJson, output);
      return {
        takeItem(item) {
          for (const value of apply(item)) {
            isEmpty = false;
            write(value ?? undefined);
          }
        },
        // Run for its errors alone, as kubectl does.
        finish: () => isEmpty && orFail(evaluator.run(segment.body, undefined, () => {})),
      };
    }
  }
}

/**
 * Applies a list to one item after the other as if to all at once: where a subscript stops early, it stops for all that
 * come later, too.
 */
function createItemwise(evaluator: JsonPathEvaluator, list: JsonPathList): (item: JsonValue) => readonly FoundValue[] {
  let steps = list;
  return (item) => {
    const found = evaluator.apply([item], steps);
    orFail(found.error);
    const stopped = steps.length < list.length;
    if (found.stoppedAt !== null) steps = list.slice(0, found.stoppedAt);
    return stopped ? [] : found.values;
  };
}

/** Writes the results of one part: with blanks between them, or as one JSON list. */
function createResultWriter(asJson: boolean, output: ResultText) {
  let isFirst = true;
  return {
    add(value: FoundValue): void {
      if (output.isFull) return;
      if (asJson && value === undefined) throw new PrintFailure("there is no value to print");
      const text = asJson && value !== undefined ? formatJson(value, INDENT, `\n${INDENT}`) : formatResult(value);
      const before = asJson ? (isFirst ? `[\n${INDENT}` : `,\n${INDENT}`) : isFirst ? "" : " ";
      isFirst = false;
      output.add(before + text);
    },
    end(): void {
      if (asJson) output.add(isFirst ? "[]\n" : "\n]\n");
    },
  };
}

function writeTemplate(
  evaluator: JsonPathEvaluator,
  template: JsonPathTemplate,
  data: FoundValue,
  asJson: boolean,
  output: ResultText,
): void {
  orFail(evaluator.run(template, data, (values) => {
    const writer = createResultWriter(asJson, output);
    values.forEach(writer.add);
    writer.end();
  }));
}

function orFail(error: string | null): void {
  if (error !== null) throw new PrintFailure(`the expression can't be evaluated: ${error}`);
}
