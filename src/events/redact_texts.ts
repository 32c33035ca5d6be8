import { redactText } from "../redaction/redact_text.ts";
import { BUILT_IN_REDACTOR, type Redactor } from "../redaction/redactor.ts";
import { CUT_GAP, CUT_MESSAGE_LENGTH } from "./event_text_limits.ts";

/** Cuts secrets out of one text of an Event. */
export type RedactEventText = (text: string) => string;

/**
 * The function that every text of an Event goes through on its way into a report: whoever writes Events may put a
 * password into any of them. About a nanosecond a character where there is no secret, as nearly always. Ids and keys are
 * made of what was written, so that neither depends on what is known of secrets.
 */
export function createEventRedaction(redactor: Redactor = BUILT_IN_REDACTOR): RedactEventText {
  const inCutText = (text: string) => redactText(text, { cut: true, redactor }).text;
  return (text) => {
    // What was cut may have been cut inside a secret, which then looks like less than it is; each side by itself.
    const gap = text.length < CUT_MESSAGE_LENGTH ? null : CUT_GAP.exec(text);
    if (gap !== null) {
      return inCutText(text.slice(0, gap.index)) + gap[0] + inCutText(text.slice(gap.index + gap[0].length));
    }
    if (redactor.patterns.length === 0 && !redactor.mayHoldSecret(text)) return text;
    return redactText(text, { redactor }).text;
  };
}
