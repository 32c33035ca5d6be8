import * as z from "zod";
import { configuredRuleSchema } from "../../events/rule.ts";
import { fieldInfo } from "../field.ts";

const ALLOWED = "a list of at most 2000 rules, each with an id";

/** Rules of the operator's own, in the schema of the built-in catalogue. */
export const eventRulesField = z.array(configuredRuleSchema, { error: ALLOWED })
  .max(2000, { error: ALLOWED })
  .describe("Rules that add to the built-in catalogue, change one of its rules by id, or ignore what it reports.")
  .register(fieldInfo, { allowed: ALLOWED })
  .prefault([]);
