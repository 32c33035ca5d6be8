import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

/** 63 fits a Kubernetes label value too, so one token serves subjects, labels and object names alike. */
export const SUBJECT_TOKEN_LIMIT = 63;
const HASH_DIGITS = 8;
/** What is left beside "-" and the hash. */
const READABLE_LIMIT = SUBJECT_TOKEN_LIMIT - HASH_DIGITS - 1;

/** Whether `text` can stand in a subject as one token, as it is. Central programs should check the same before they subscribe. */
export function isSubjectToken(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,63}$/.test(text);
}

/**
 * Makes any text into one subject token of 1 to 63 characters `[A-Za-z0-9_-]`.
 *
 * A legal token stays as it is, its case included (NATS is case-sensitive). In anything else every illegal character
 * becomes `-`, the rest is cut to 54 characters, and a hash of the original follows: `prod.eu` and `prod-eu` stay two
 * (`prod-eu-<hash>` and `prod-eu`). The answer is a token itself, so an id copied from a log back into the
 * configuration stays the same id.
 */
export function subjectToken(text: string): string {
  if (isSubjectToken(text)) return text;
  const readable = text.replace(/[^A-Za-z0-9_-]/gu, "-").replace(/-{2,}/g, "-").replace(/^-|-$/g, "");
  const hash = shortHash(text);
  return readable === "" ? `x-${hash}` : `${readable.slice(0, READABLE_LIMIT)}-${hash}`;
}

/** Unpaired surrogates have no UTF-8 form (all would become U+FFFD, and so one): such text is hashed as UTF-16. */
function shortHash(text: string): string {
  const bytes = Buffer.from(text, text.isWellFormed() ? "utf8" : "utf16le");
  return createHash("sha256").update(bytes).digest("hex").slice(0, HASH_DIGITS);
}
