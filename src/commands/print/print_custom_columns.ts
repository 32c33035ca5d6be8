import type { JsonValue } from "../../redaction/redact_value.ts";
import { alignColumns } from "./align_columns.ts";
import { createJsonPathEvaluator } from "./evaluate_jsonpath.ts";
import { formatPlain } from "./format_go_value.ts";
import { CUT, type ObjectPrinter } from "./object_printer.ts";
import { PrintFailure } from "./print_failure.ts";
import type { PrintRequest } from "./print_request.ts";
import type { ResultText } from "./result_text.ts";
import type { StepBudget } from "./step_budget.ts";

/** Prints a table by columns of the sender's. The cells are held until all are there, for the widths. */
export function createCustomColumnsPrinter(
  { columns, headers }: PrintRequest & { readonly kind: "custom_columns" },
  output: ResultText,
  limitBytes: number,
  budget: StepBudget,
): ObjectPrinter {
  const evaluator = createJsonPathEvaluator({ allowMissingKeys: true, budget });
  const lines: string[] = headers ? [columns.map(({ header }) => header).join("\t")] : [];
  let bytes = 0;

  function cellOf(item: JsonValue, column: (typeof columns)[number]): string {
    const texts: string[] = [];
    let size = 0;
    const error = evaluator.run(column.template, item, (values) => {
      for (const value of values) {
        if (size > limitBytes) return;
        // As kubectl does itself.
        const text = formatPlain(value).replaceAll("\x1b", "^[").replaceAll("\r", "\\r");
        size += text.length + 1;
        texts.push(text);
      }
    });
    if (error !== null) throw new PrintFailure(`the column ${column.header} can't be evaluated: ${error}`);
    return texts.length === 0 ? "<none>" : texts.join(",");
  }

  function takeItem(item: JsonValue): void {
    // More cells than the output may hold are not collected.
    if (bytes > limitBytes) return;
    const row = columns.map((column) => cellOf(item, column)).join("\t");
    bytes += row.length;
    lines.push(...row.split(/[\n\f]/));
  }

  return {
    keepsItems: false,
    takeItem,
    finish(envelope) {
      if (envelope !== CUT && !isItemList(envelope)) takeItem(envelope);
      for (const line of alignColumns(lines)) {
        output.add(line);
        if (output.isFull) break;
      }
    },
  };
}

/** kubectl takes for a list whatever has `items`. */
function isItemList(value: JsonValue): boolean {
  return typeof value === "object" && value !== null && "items" in value && Array.isArray(value.items);
}
