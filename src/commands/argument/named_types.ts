import type { Operands } from "./parsed_command.ts";

/** The words in type position; a name is never one. `logs web` and `rollout` name no type where they name only a pod. */
export function namedTypes(operands: Operands): readonly string[] {
  switch (operands.kind) {
    case "resource_list":
      return operands.types;
    case "resource_items":
      return operands.items.flatMap((item) => item.types);
    case "log_source":
      return operands.type === null ? [] : [operands.type];
    default:
      return [];
  }
}
