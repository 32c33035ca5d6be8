import { Buffer } from "node:buffer";
import type { FoundValue } from "./found_value.ts";

/** Go compares only what is of one kind; an integer and a float are of two. */
type Kind = "boolean" | "integer" | "float" | "text";

/** Compares two values as Go's text/template does: whether it holds, or why they can't be compared. */
export function compareValues(left: FoundValue, operator: string, right: FoundValue): boolean | string {
  const leftKind = kindOf(left);
  const rightKind = kindOf(right);
  if (!["<", ">", "==", "!=", "<=", ">="].includes(operator)) return `unrecognized filter operator ${operator}`;
  if (leftKind === null || rightKind === null) return "invalid type for comparison";
  if (leftKind !== rightKind) return "incompatible types for comparison";
  const isOrdered = operator !== "==" && operator !== "!=";
  if (isOrdered && leftKind === "boolean") return "invalid type for comparison";
  const order = orderOf(left, right);
  switch (operator) {
    case "==":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    default:
      return order >= 0;
  }
}

function orderOf(left: FoundValue, right: FoundValue): number {
  // Go orders texts by their bytes.
  if (typeof left === "string" && typeof right === "string") {
    return left === right ? 0 : Buffer.compare(Buffer.from(left), Buffer.from(right));
  }
  return Number(left) - Number(right);
}

function kindOf(value: FoundValue): Kind | null {
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "string") return "text";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "float";
  return null;
}
