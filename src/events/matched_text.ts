/** What is matched of a message, in UTF-16 units: a hostile message can't cost more than this. */
const MATCH_LIMIT = 4_096;
/** The share of the limit that is kept for the end: errors are wrapped outside in, so the cause stands there. */
const END_LIMIT = 1_024;
/** Stands for what was left out; on one line, since `.` stops at the end of a line. */
const GAP = " … ";

/** The text that rules are matched against: a message, or the beginning and the end of one of more than 4,096 units. */
export function matchedText(message: string): string {
  if (message.length <= MATCH_LIMIT) return message;
  return message.slice(0, MATCH_LIMIT - END_LIMIT - GAP.length) + GAP + message.slice(-END_LIMIT);
}
