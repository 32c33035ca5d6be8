import type { IgnoreReason } from "../telemetry/label_values.ts";
import type { Severity } from "../wire/severity.ts";

/** What the rules make of an event. */
export type Classification =
  | {
    readonly kind: "fault";
    /** The rule's id: `pod.image.not_found`. */
    readonly rule: string;
    readonly severity: Severity;
    readonly category: string;
    readonly explanation: string;
    /** The rule goes by the reason alone: other words in the message are another fault. */
    readonly byMessage?: boolean;
    /** The signs that the severity comes from, where no rule knows the event. */
    readonly gradedBy?: readonly string[];
  }
  | {
    readonly kind: "ignored";
    /** The rule that ignores it, or `null`. */
    readonly rule: string | null;
    /** `young` is a rule's that fits only an event's first moments: the same may be a fault when it lasts. */
    readonly reason: Extract<IgnoreReason, "normal" | "rule" | "young" | "unknown_warning">;
  };

export type Fault = Extract<Classification, { kind: "fault" }>;
