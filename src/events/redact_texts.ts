import { redactText } from "../redaction/redact_text.ts";
import { BUILT_IN_REDACTOR, type Redactor } from "../redaction/redactor.ts";
import { CUT_GAP, CUT_MESSAGE_LENGTH } from "./event_text_limits.ts";

/** Kinds, reasons and explanations come again and again, and some are called secret: each is looked at once. */
const SHORT = 128;
const KNOWN_LIMIT = 512;

/** Cuts secrets out of one text of an Event. */
export type RedactEventText = (text: string) => string;

/**
 * The function that every text of an Event goes through on its way into a report: whoever writes Events may put a
 * password into any of them. About a nanosecond a character where there is no secret, as nearly always. Ids and keys are
 * made of what was written, so that neither depends on what is known of secrets.
 */
export function createEventRedaction(redactor: Redactor = BUILT_IN_REDACTOR): RedactEventText {
  const known = new Map<string, string>();
  const inCutText = (text: string) => redactText(text, { cut: true, redactor }).text;
  return (text) => {
    // What was cut may have been cut inside a secret, which then looks like less than it is; each side by itself.
    const gap = text.length < CUT_MESSAGE_LENGTH ? null : CUT_GAP.exec(text);
    if (gap !== null) {
      return inCutText(text.slice(0, gap.index)) + gap[0] + inCutText(text.slice(gap.index + gap[0].length));
    }
    if (redactor.patterns.length === 0 && !redactor.mayHoldSecret(text)) return text;
    return text.length <= SHORT ? redactShort(text) : redactText(text, { redactor }).text;
  };

  function redactShort(text: string): string {
    const before = known.get(text);
    if (before !== undefined) return before;
    const { text: redacted } = redactText(text, { redactor });
    if (known.size >= KNOWN_LIMIT) known.clear();
    known.set(text, redacted);
    return redacted;
  }
}
