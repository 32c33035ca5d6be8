import * as z from "zod";
import { type Severity, severitySchema } from "../wire/severity.ts";

/**
 * How one kind of fault is recognised and what it means. An event fits when every condition that is set holds; of the
 * rules that fit, configured ones win over the catalogue's, then the lowest `rank` does.
 */
export interface Rule {
  /** Dotted and stable: `image.pull.not_found`. Central programs count by it. */
  readonly id: string;
  /** The event's reason, exactly. */
  readonly reason?: string;
  /** A regular expression for the reason, where writers put free text there. */
  readonly reasonPattern?: string;
  /** Kinds of the involved object. */
  readonly kinds?: readonly string[];
  /** The reporting component, exactly, or its beginning before a final `*`. */
  readonly component?: string;
  readonly eventType?: "Normal" | "Warning";
  /**
   * A regular expression that must be found in the message, in JavaScript's syntax; `(?i)` at its beginning works too.
   * Of a message of more than 4,096 characters the beginning and the end are looked at.
   */
  readonly match?: string;
  readonly severity: Severity;
  readonly category: string;
  /** What it means, in a sentence. */
  readonly explanation: string;
  /** `false` is known noise: the event is ignored, and counted so. */
  readonly report?: boolean;
  /** The order among the rules of one reason; 0 where it does not matter. */
  readonly rank?: number;
  /** Where the fact comes from. */
  readonly source?: string;
}

const ID = /^[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*)+$/;
const pattern = z.string().min(1).max(1_000);

/**
 * A rule as `events.rules` of the configuration has it: a new one, or under the id of a known one what is to be different
 * about it. `ignore: true` is short for `report: false`.
 */
export const configuredRuleSchema = z.strictObject({
  id: z.string().max(100).regex(ID, { error: "words of a-z, 0-9 and _ joined by dots, such as team.disk.slow" }),
  reason: z.string().max(200).optional(),
  reason_pattern: pattern.optional(),
  kinds: z.array(z.string().min(1).max(100)).min(1).max(50).readonly().optional(),
  component: z.string().min(1).max(200).optional(),
  event_type: z.enum(["Normal", "Warning"], { error: "Normal or Warning" }).optional(),
  match: pattern.optional(),
  severity: severitySchema.optional(),
  category: z.string().max(50).regex(/^[a-z][a-z0-9_]*$/, { error: "a word of a-z, 0-9 and _" }).optional(),
  explanation: z.string().max(500).optional(),
  report: z.boolean().optional(),
  ignore: z.boolean().optional(),
});
export type ConfiguredRule = z.infer<typeof configuredRuleSchema>;
