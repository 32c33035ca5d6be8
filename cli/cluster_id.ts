import { InvalidArgumentError } from "@commander-js/extra-typings";
import { isSubjectToken, subjectToken } from "../src/wire/subject_token.ts";

/**
 * Reads a cluster id from the command line. An id that is no subject token is refused rather than sanitised: a wildcard
 * would reach other clusters, and a slip of the keyboard nobody. The refusal names what an agent makes of such an id.
 */
export function parseClusterId(text: string): string {
  if (isSubjectToken(text)) return text;
  throw refusal(text);
}

/**
 * Reads an id, a name or a prefix of either. What is one of none, blank or with a wildcard, is refused here; the rest is
 * looked up where the fleet is known.
 */
export function parseClusterName(text: string): string {
  if (text.trim() === "" || /[*>]/.test(text)) throw refusal(text);
  return text;
}

function refusal(text: string): InvalidArgumentError {
  const allowed = "A cluster id is 1 to 63 of A-Z, a-z, 0-9, _ and -";
  return new InvalidArgumentError(
    text.trim() === ""
      ? `${allowed}; give the one that agent detect-cluster prints.`
      : `${allowed}; an agent that was given this one calls itself ${subjectToken(text.trim())}: give that.`,
  );
}
