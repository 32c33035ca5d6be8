/** What is matched of a message, in UTF-16 units: a hostile message can't cost more than this. */
const MATCH_LIMIT = 4_096;
/** The share of the limit that is kept for the end: errors are wrapped outside in, so the cause stands there. */
const END_LIMIT = 1_024;
/** Stands for what was left out; on one line, since `.` stops at the end of a line. */
const GAP = " … ";

/**
 * Names that a pattern must not find its words in: an image with its tag and digest, an id in hexadecimal, the path of a
 * URL. A digest with `401` in it says nothing about credentials.
 */
const NAMES =
  /(\bimage ["'`])[^\s"'`]+|\bsha(?:256|512):[0-9a-f]+|\b[0-9a-f]{32,}\b|(\bhttps?:\/\/[^\s"'`/]+)\/[^\s"'`]*/g;

/** The message that was asked for last, and its text: many rules look at one message, one after the other. */
let last = { message: "", text: "" };

/**
 * The text that rules are matched against: a message, or the beginning and the end of one of more than 4,096 units, without
 * the names of images, ids and the paths of URLs.
 */
export function matchedText(message: string): string {
  if (message !== last.message) last = { message, text: hideNames(boundedText(message)) };
  return last.text;
}

/** The beginning and the end of a text of more than 4,096 units; another one itself. */
export function boundedText(text: string): string {
  if (text.length <= MATCH_LIMIT) return text;
  return text.slice(0, MATCH_LIMIT - END_LIMIT - GAP.length) + GAP + text.slice(-END_LIMIT);
}

function hideNames(text: string): string {
  return text.replace(NAMES, (_name, image: string | undefined, host: string | undefined) => {
    return image !== undefined ? `${image}…` : host !== undefined ? `${host}/…` : "…";
  });
}
