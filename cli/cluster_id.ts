import { InvalidArgumentError } from "@commander-js/extra-typings";
import { isSubjectToken, subjectToken } from "../src/wire/subject_token.ts";

/**
 * Reads a cluster id from the command line. An id that is no subject token is refused rather than sanitised: a wildcard
 * would reach other clusters, and a slip of the keyboard nobody. The refusal names what an agent makes of such an id.
 */
export function parseClusterId(text: string): string {
  if (isSubjectToken(text)) return text;
  const allowed = "A cluster id is 1 to 63 of A-Z, a-z, 0-9, _ and -";
  throw new InvalidArgumentError(
    text.trim() === ""
      ? `${allowed}; give the one that agent detect-cluster prints.`
      : `${allowed}; an agent that was given this one calls itself ${subjectToken(text.trim())}: give that.`,
  );
}
