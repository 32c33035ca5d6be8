import * as z from "zod";
import { fieldInfo } from "../field.ts";

const ALLOWED = "a list of at most 100 tools, each with a name and a typed grammar";

/** Tools of the operator's own, with a typed grammar each. */
export const extraToolsField = z.array(z.looseObject({ name: z.string() }), { error: ALLOWED })
  .max(100, { error: ALLOWED })
  .describe("Tools to add to the built-in ones, each with a typed grammar.")
  .register(fieldInfo, { allowed: ALLOWED })
  .prefault([]);
