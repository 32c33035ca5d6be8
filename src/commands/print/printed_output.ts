import { type JsonValue, redactValue } from "../../redaction/redact_value.ts";
import { addRedactionCounts, type RedactionCounts } from "../../redaction/redaction.ts";
import type { Redactor } from "../../redaction/redactor.ts";
import { compact } from "../../lifecycle/compact.ts";
import { type BoundedOutput, createBoundedOutput } from "../bounded_output.ts";
import { CUT } from "./object_printer.ts";
import { PrintFailure } from "./print_failure.ts";
import { createCustomColumnsPrinter } from "./print_custom_columns.ts";
import { createJsonPathPrinter } from "./print_jsonpath.ts";
import type { PrintRequest } from "./print_request.ts";
import { createObjectReader } from "./read_objects.ts";
import { createResultText } from "./result_text.ts";
import { createStepBudget } from "./step_budget.ts";

/** Steps for one item, a fifth of a second at most, and for all of a list. A short template takes some thirty a pod. */
const STEP_LIMITS = { each: 5_000_000, all: 100_000_000 } as const;
/** JSON of a list that an expression needs whole. Its objects take several times as much memory. */
const KEPT_LIMIT_BYTES = 8 * 1024 * 1024;
const STDERR_LIMIT_BYTES = 64 * 1024;

/** The output of a process that wrote JSON, printed by the agent in the process's place. */
interface PrintedOutput extends BoundedOutput {
  /** Prints what is left once the process has ended, by itself or not; to be called before `text`. */
  finish(isWhole: boolean): void;
  /** Why nothing could be printed; `null` when it could. */
  readonly failure: string | null;
  /** What was cut out of the objects before they were printed. */
  readonly redactions: RedactionCounts;
}

/**
 * Decodes the JSON on standard output as it comes, cuts the secrets out of each object by its structure, and prints what
 * is left as the request says. Never more than one item of a list is held, but for expressions that need the list whole.
 */
export function createPrintedOutput(request: PrintRequest, limitBytes: number, redactor?: Redactor): PrintedOutput {
  const stderr = createBoundedOutput(Math.min(limitBytes, STDERR_LIMIT_BYTES));
  const output = createResultText(limitBytes);
  const budget = createStepBudget(STEP_LIMITS);
  const redactions: RedactionCounts = {};
  const kept: JsonValue[] = [];
  let receivedBytes = 0;
  let failure: string | null = null;
  const printer = request.kind === "jsonpath"
    ? createJsonPathPrinter(request, output, budget)
    : createCustomColumnsPrinter(request, output, limitBytes, budget);
  const reader = createObjectReader((item) => {
    const redacted = redact(item);
    budget.begin();
    if (!printer.keepsItems) return printer.takeItem(redacted);
    if (receivedBytes > KEPT_LIMIT_BYTES) {
      throw new PrintFailure("the expression needs the list whole, and it is too large; begin it with .items[*]");
    }
    kept.push(redacted);
  });

  function redact(value: JsonValue): JsonValue {
    const redacted = redactValue(value, compact({ redactor }));
    addRedactionCounts(redactions, redacted.counts);
    return redacted.value;
  }

  /** Whether it worked. Once something has failed, nothing is printed. */
  function attempt(work: () => void): boolean {
    if (failure !== null) return false;
    try {
      work();
      return true;
    } catch (error) {
      // Whatever it is, it must not reach the loop that reads the process.
      failure = error instanceof PrintFailure ? error.message : "the agent failed on these objects; ask for -o json";
      return false;
    }
  }

  return {
    take(stream, chunk) {
      if (stream === "stderr") return stderr.take(stream, chunk);
      receivedBytes += chunk.length;
      return attempt(() => reader.push(chunk)) && !output.isFull;
    },
    finish(isWhole) {
      if (output.isFull || receivedBytes === 0) return;
      attempt(() => {
        // Of an answer that was cut, the items are printed that had come.
        budget.begin();
        if (!isWhole) return printer.finish(CUT);
        const envelope = redact(reader.finish());
        printer.finish(printer.keepsItems ? withItems(envelope, kept) : envelope);
      });
    },
    get failure() {
      return failure;
    },
    get redactions() {
      return redactions;
    },
    get truncated() {
      return output.isFull || stderr.truncated;
    },
    get receivedBytes() {
      return receivedBytes + stderr.receivedBytes;
    },
    text: (stream) => stream === "stderr" ? stderr.text(stream) : failure === null ? output.text() : "",
  };
}

function withItems(envelope: JsonValue, items: readonly JsonValue[]): JsonValue {
  const isList = typeof envelope === "object" && envelope !== null && "items" in envelope;
  return isList && !Array.isArray(envelope) ? { ...envelope, items } : envelope;
}
