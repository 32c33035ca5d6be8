import * as z from "zod/mini";
import { configuredToolsSchema } from "../../commands/tool_schema.ts";
import { documented } from "../field.ts";

const ALLOWED = "a list of at most 100 tools, each with a name, an absolute path and a typed grammar";

/** Tools of the operator's own, with a typed grammar each. */
export const extraToolsField = z.prefault(
  documented(
    configuredToolsSchema,
    "Tools to add to the built-in ones, each with a typed grammar.",
    { allowed: ALLOWED },
  ),
  [],
);
