import { configuredToolsSchema } from "../../commands/tool_schema.ts";
import { fieldInfo } from "../field.ts";

const ALLOWED = "a list of at most 100 tools, each with a name, an absolute path and a typed grammar";

/** Tools of the operator's own, with a typed grammar each. */
export const extraToolsField = configuredToolsSchema
  .describe("Tools to add to the built-in ones, each with a typed grammar.")
  .register(fieldInfo, { allowed: ALLOWED })
  .prefault([]);
