import { Buffer } from "node:buffer";
import type { JsonValue } from "../../redaction/redact_value.ts";
import { compareValues } from "./compare_values.ts";
import { isList, type JsonPathList, type JsonPathNode, type JsonPathTemplate } from "./jsonpath_node.ts";
import type { FoundValue } from "./found_value.ts";
import type { StepBudget } from "./step_budget.ts";
import { addValue } from "./value_list.ts";

/** What a step found. `error` comes with values too: a filter that asks whether something exists looks at those alone. */
interface Found {
  readonly values: readonly FoundValue[];
  readonly error: string | null;
}

interface EvaluationRules {
  /** A missing field is no error. */
  readonly allowMissingKeys: boolean;
  readonly budget: StepBudget;
}

/** Evaluates JSONPath as client-go's util/jsonpath does. Objects are gone through in the order of their keys. */
export interface JsonPathEvaluator {
  /** Applies a list to values; `stopAt` is the index of a node that stopped early, see `evaluateSlice`. */
  apply(values: readonly FoundValue[], list: JsonPathList): Found & { readonly stoppedAt: number | null };
  /**
   * Hands the results of each part of a template to `onResult`, ranges unrolled. Returns the error of the first part that
   * fails; what was handed over before is void then.
   */
  run(template: JsonPathTemplate, data: FoundValue, onResult: (values: Found["values"]) => void): string | null;
}

/** Makes an evaluator. It holds nothing between calls. */
export function createJsonPathEvaluator({ allowMissingKeys, budget }: EvaluationRules): JsonPathEvaluator {
  const found = (values: readonly FoundValue[]): Found => {
    budget.spend(values.length + 1);
    return { values, error: null };
  };

  function apply(values: readonly FoundValue[], list: JsonPathList) {
    let current: Found = { values, error: null };
    let stoppedAt: number | null = null;
    for (const [index, node] of list.entries()) {
      budget.spend(current.values.length + 1);
      if (node.kind === "array") {
        const slice = evaluateSlice(current.values, node);
        if (slice.stopped) stoppedAt ??= index;
        current = slice;
      } else current = evaluate(current.values, node);
      if (current.error !== null) break;
    }
    return { ...current, stoppedAt };
  }

  function evaluate(input: readonly FoundValue[], node: Exclude<JsonPathNode, { kind: "array" }>): Found {
    switch (node.kind) {
      case "text":
        return found([node.text]);
      case "literal":
        return found(input.map(() => node.value));
      case "identifier":
        // `range` and `end` steer `run`, which looks for them itself.
        if (node.name === "range") return found(input);
        return node.name === "end" ? found([]) : { values: input, error: `unrecognized identifier ${node.name}` };
      case "field":
        return evaluateField(input, node.name);
      case "wildcard":
        return evaluateWildcard(input);
      case "recursive":
        return evaluateRecursive(input);
      case "filter":
        return evaluateFilter(input, node);
      case "union": {
        const all: FoundValue[] = [];
        for (const list of node.lists) {
          const part = apply(input, list);
          if (part.error !== null) return { values: input, error: part.error };
          for (const value of part.values) addValue(all, value);
        }
        return found(all);
      }
    }
  }

  function evaluateField(input: readonly FoundValue[], name: string): Found {
    const values: FoundValue[] = [];
    for (const value of input) {
      if (isObject(value) && Object.hasOwn(value, name)) addValue(values, value[name]);
    }
    const missing = values.length === 0 && input.length > 0 && !allowMissingKeys;
    return { values, error: missing ? `${name} is not found` : null };
  }

  function evaluateWildcard(input: readonly FoundValue[]): Found {
    const values: FoundValue[] = [];
    for (const value of input) for (const child of childrenOf(value)) addValue(values, child);
    return found(values);
  }

  function evaluateRecursive(input: readonly FoundValue[]): Found {
    const values: FoundValue[] = [];
    const visit = (value: FoundValue): void => {
      budget.spend(1);
      if (typeof value === "string" && value !== "") addValue(values, value);
      else if (typeof value === "object" && value !== null) {
        const children = isArray(value) ? value : Object.values(value);
        if (children.length > 0) addValue(values, value);
        for (const child of children) visit(child);
      }
    };
    for (const value of input) visit(value);
    return { values, error: null };
  }

  function evaluateFilter(input: readonly FoundValue[], node: JsonPathNode & { kind: "filter" }): Found {
    const values: FoundValue[] = [];
    for (const value of input) {
      if (!isArray(value)) return { values: input, error: "what is filtered is no array" };
      for (const item of value) {
        const left = apply([item], node.left);
        if (node.operator === "exists") {
          if (left.values.length > 0) addValue(values, item);
          continue;
        }
        if (left.error !== null) return { values: input, error: left.error };
        if (left.values.length === 0) continue;
        const right = apply([item], node.right);
        if (left.values.length > 1) return { values: input, error: "can only compare one element at a time" };
        if (right.error !== null) return { values: input, error: right.error };
        if (right.values.length === 0) continue;
        if (right.values.length > 1) return { values: input, error: "can only compare one element at a time" };
        const verdict = compareValues(left.values[0], node.operator, right.values[0]);
        if (typeof verdict === "string") return { values, error: verdict };
        if (verdict) addValue(values, item);
      }
    }
    return { values, error: null };
  }

  function run(template: JsonPathTemplate, data: FoundValue, onResult: (values: Found["values"]) => void) {
    let begun = 0;
    let inside = 0;
    let ending = 0;
    let lastEnd = -1;
    let error: string | null = null;

    /** FindResults of client-go: the parts from `start` on, up to the `end` of the range around them. */
    function findResults(value: FoundValue, start: number, isPrinted: boolean): void {
      for (let at = start; at < template.length && error === null; at++) {
        const part = template[at];
        if (part === undefined) break;
        const list = isList(part) ? part : [part];
        for (const node of list) {
          if (node.kind !== "identifier") continue;
          if (node.name === "range") begun++;
          else if (node.name === "end" && inside === 0) error = "not in range, nothing to end";
          else if (node.name === "end") ending++;
        }
        const step = apply([value], list);
        error ??= step.error;
        if (error !== null) break;
        if (ending > 0 && ending <= inside) {
          ending--;
          lastEnd = at;
          break;
        }
        if (begun > 0) {
          begun--;
          inside++;
          // A range over nothing is run once for its errors, and to find its end.
          if (step.values.length === 0) findResults(undefined, at + 1, false);
          for (const item of step.values) findResults(item === null ? undefined : item, at + 1, isPrinted);
          inside--;
          if (lastEnd > at) at = lastEnd;
        } else if (isPrinted) onResult(step.values);
      }
    }

    findResults(data, 0, true);
    return error;
  }

  return { apply, run };
}

/**
 * `[from:to:step]` of each array. Where one asks for no element, client-go returns at once and leaves the later arrays
 * out: that is `stopped`, and whoever goes on with more values must leave them out as well.
 */
function evaluateSlice(input: readonly FoundValue[], { bounds }: JsonPathNode & { kind: "array" }) {
  const values: FoundValue[] = [];
  const [first, second, third] = bounds;
  for (const value of input) {
    if (value === null) continue;
    const failed = (error: string) => ({ values: input, error, stopped: false });
    if (!isArray(value)) return failed("what is indexed is no array");
    const { length } = value;
    const from = first.known && first.value < 0 ? first.value + length : first.value;
    let to = second.known ? second.value : length;
    if (to < 0 || (to === 0 && second.known && second.derived)) to += length;
    if (from === to) return { values, error: null, stopped: true };
    if (from >= length || from < 0) return failed(`array index out of bounds: index ${from}, length ${length}`);
    if (to > length || to < 0) return failed(`array index out of bounds: index ${to - 1}, length ${length}`);
    if (from > to) return failed(`starting index ${from} is greater than ending index ${to}`);
    if (third.known && third.value <= 0) return failed("step must be > 0");
    const step = third.known ? third.value : 1;
    for (let at = from; at < to; at += step) addValue(values, value[at]);
  }
  return { values, error: null, stopped: false };
}

/** What `*` finds in a value. Of a text, Go finds the bytes. */
function childrenOf(value: FoundValue): readonly FoundValue[] {
  if (typeof value === "string") return [...Buffer.from(value, "utf8")];
  if (isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

function isArray(value: FoundValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: FoundValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
