import { redactText } from "./redact_text.ts";
import type { RedactedText } from "./redaction.ts";
import type { Redactor } from "./redactor.ts";

/**
 * Cuts secrets out of a tool's output. This is the third lock, after RBAC and the policy. `cut` says that the output ends
 * where a limit ended it. Above 64 kB call `redactLarge`, which does not hold up the event loop.
 */
export function redactOutput(text: string, cut: boolean, redactor?: Redactor): RedactedText {
  return redactText(text, redactor === undefined ? { cut } : { cut, redactor });
}
