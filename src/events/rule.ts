import * as z from "zod/mini";
import { parseGoDuration } from "../wire/duration.ts";
import { type Severity, severitySchema } from "../wire/severity.ts";

/**
 * How one kind of fault is recognised and what it means. An event fits when every condition that is set holds; of the
 * rules that fit, configured ones win over the catalogue's, then the lowest `rank` does.
 */
export interface Rule {
  /** Dotted and stable: `image.pull.not_found`. Central programs count by it. */
  readonly id: string;
  /** The event's reason, exactly, or several that mean the same. */
  readonly reason?: string | readonly string[];
  /** A regular expression for the reason, where writers put free text there. */
  readonly reasonPattern?: string;
  /** Kinds of the involved object. */
  readonly kinds?: readonly string[];
  /**
   * The API group of the involved object, exactly, or its end after a leading `*`: kinds such as Cluster and Backup
   * belong to many. An object whose writer left out the apiVersion is judged by its kind, where the rule names kinds.
   */
  readonly apiGroup?: string;
  /** The reporting component, exactly, or its beginning before a final `*`. */
  readonly component?: string;
  readonly eventType?: "Normal" | "Warning";
  /** Namespaces of the involved object, exactly, or their beginning before a final `*`. */
  readonly namespaces?: readonly string[];
  /**
   * Only while the event is at most so old, in milliseconds from its first to its last time: what is routine in the first
   * moments of a pod or node is a fault when it stays. An event that tells no times is past them.
   */
  readonly withinMs?: number;
  /**
   * A regular expression that must be found in the message, in JavaScript's syntax; `(?i)` at its beginning works too.
   * Of a message of more than 4,096 characters the beginning and the end are looked at.
   */
  readonly match?: string;
  /** The pattern names several findings: another one of the same object is another fault, and no repeat of the first. */
  readonly perFinding?: boolean;
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
const ID_WORDS = "words of a-z, 0-9 and _ joined by dots, such as team.disk.slow";
const WITHIN = "a duration such as 90s or 5m";
const pattern = z.string().check(z.minLength(1), z.maxLength(1_000));

/**
 * A rule as `events.rules` of the configuration has it: a new one, or under the id of a known one what is to be different
 * about it. `ignore: true` is short for `report: false`.
 */
export const configuredRuleSchema = z.strictObject({
  id: z.string({ error: ID_WORDS }).check(z.maxLength(100), z.regex(ID, { error: ID_WORDS })),
  reason: z.optional(z.string().check(z.maxLength(200))),
  reason_pattern: z.optional(pattern),
  kinds: z.optional(
    z.readonly(
      z.array(z.string().check(z.minLength(1), z.maxLength(100))).check(z.minLength(1), z.maxLength(50)),
    ),
  ),
  api_group: z.optional(z.string().check(z.minLength(1), z.maxLength(200))),
  component: z.optional(z.string().check(z.minLength(1), z.maxLength(200))),
  namespaces: z.optional(
    z.readonly(
      z.array(z.string().check(z.minLength(1), z.maxLength(100))).check(z.minLength(1), z.maxLength(50)),
    ),
  ),
  within: z.optional(
    z.string({ error: WITHIN }).check(z.refine((text) => (parseGoDuration(text) ?? 0) > 0, { error: WITHIN })),
  ),
  event_type: z.optional(z.enum(["Normal", "Warning"], { error: "Normal or Warning" })),
  match: z.optional(pattern),
  severity: z.optional(severitySchema),
  category: z.optional(
    z.string().check(z.maxLength(50), z.regex(/^[a-z][a-z0-9_]*$/, { error: "a word of a-z, 0-9 and _" })),
  ),
  explanation: z.optional(z.string().check(z.maxLength(500))),
  report: z.optional(z.boolean()),
  ignore: z.optional(z.boolean()),
});
export type ConfiguredRule = z.infer<typeof configuredRuleSchema>;
