import * as z from "zod/mini";
import { parseGoDuration } from "../wire/duration.ts";
import { severitySchema } from "../wire/severity.ts";
import type { ObjectRule } from "./object_rule.ts";
import { OBJECT_RULE_IDS, OBJECT_RULES } from "./object_rules.ts";

const ID = "the id of a rule for objects: docs/object-rules.md lists them";
const DURATION = "a duration from 0s to 24h, such as 90s or 5m";
const CHANGE = "a rule with for, hold, severity or ignore: by itself an id changes nothing";
const LONGEST_MS = 24 * 3_600_000;

const duration = z.string({ error: DURATION }).check(z.refine((text) => {
  const ms = parseGoDuration(text);
  return ms !== null && ms >= 0 && ms <= LONGEST_MS;
}, { error: DURATION }));

/** What `objects.rules` of the configuration may say of a rule: only what is to be different about it. */
export const configuredObjectRuleSchema = z.strictObject({
  id: z.string({ error: ID }).check(z.refine((id) => OBJECT_RULE_IDS.includes(id), { error: ID })),
  /** How long it must hold before it is a fault. */
  for: z.optional(duration),
  /** How long the end must hold before the fault has ended. */
  hold: z.optional(duration),
  severity: z.optional(severitySchema),
  ignore: z.optional(z.boolean({ error: "true or false" })),
}).check(z.refine((rule) => Object.keys(rule).length > 1, { error: CHANGE }));
type ConfiguredObjectRule = z.infer<typeof configuredObjectRuleSchema>;

/** The rules that are in force with these changes; one that is ignored is not. */
export function objectRulesInForce(changes: readonly ConfiguredObjectRule[]): readonly ObjectRule[] {
  const byId = new Map(changes.map((change) => [change.id, change]));
  return OBJECT_RULES.flatMap((rule) => {
    const change = byId.get(rule.id);
    if (change === undefined) return [rule];
    if (change.ignore === true) return [];
    return [{
      ...rule,
      severity: change.severity ?? rule.severity,
      isSeveritySet: change.severity !== undefined,
      forMs: parseGoDuration(change.for ?? "") ?? rule.forMs,
      isForSet: change.for !== undefined,
      holdMs: parseGoDuration(change.hold ?? "") ?? rule.holdMs,
    }];
  });
}
