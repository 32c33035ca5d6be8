/** What takes two columns of a terminal: East Asian wide and full-width characters, and pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
/** What takes none: it sits on the character before it. */
const NARROWEST = /\p{M}/u;

const widthOf = (character: string) => WIDE.test(character) ? 2 : NARROWEST.test(character) ? 0 : 1;
/** Characters of a line that are looked at: no terminal is wider, whatever a message holds. */
const LIMIT = 4_096;

/** Most texts are: a column a character, and no need to look at each. */
const ASCII = /^[\x20-\x7e]*$/;

/** Columns that a text without control characters takes. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** The text in at most `width` columns; what is cut off at the end is an ellipsis. */
export function cutEnd(text: string, width: number): string {
  const short = text.slice(0, LIMIT);
  if (displayWidth(short) <= width) return short;
  return `${takeWidth([...short], width - 1)}…`;
}

/** The same, cut in the middle: names of objects differ at both ends. */
export function cutMiddle(text: string, width: number): string {
  const short = text.slice(0, LIMIT);
  if (displayWidth(short) <= width) return short;
  const characters = [...short];
  const head = takeWidth(characters, Math.ceil((width - 1) / 2));
  const tail = takeWidth(characters.toReversed(), width - 1 - displayWidth(head));
  return `${head}…${[...tail].toReversed().join("")}`;
}

/** The text, filled with blanks up to `width` columns. */
export function padTo(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

function takeWidth(characters: readonly string[], width: number): string {
  let taken = "";
  let left = width;
  for (const character of characters) {
    left -= widthOf(character);
    if (left < 0) break;
    taken += character;
  }
  return taken;
}
