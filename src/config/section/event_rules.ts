import * as z from "zod/mini";
import { configuredRuleSchema } from "../../events/rule.ts";
import { documented } from "../field.ts";

const ALLOWED = "a list of at most 2000 rules, each with an id";

/** Rules of the operator's own, in the schema of the built-in catalogue. */
export const eventRulesField = z.prefault(
  documented(
    z.array(configuredRuleSchema, { error: ALLOWED }).check(z.maxLength(2000, { error: ALLOWED })),
    "Rules that extend the built-in catalogue, change one of its rules by id, or ignore events.",
    { allowed: ALLOWED },
  ),
  [],
);
