/** Text without anything that steers a terminal or hides itself from a reader, and how many pieces were taken out. */
interface StrippedText {
  readonly text: string;
  readonly removed: number;
}

/**
 * Characters that show nothing, as the body of a character class: with one of them a name is made to look like another, or
 * a text holds what nobody sees. Unicode's Default_Ignorable_Code_Point, and what turns the direction of writing. Some
 * have a use (U+200D joins emoji, U+200C and the variation selectors shape letters), and what is left reads without them.
 */
export const INVISIBLE = String.raw`\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e` +
  String
    .raw`\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}`;

/**
 * What is taken out, in the order in which it is tried. ECMA-48 names: OSC, DCS, SOS, PM and APC carry a string up to ST
 * (or BEL, as xterm ends them), CSI carries parameters up to a final byte. Each body stops at whatever could begin
 * another one, so the whole expression runs in linear time. Strings that never end lose their introducer only: what follows may be all
 * there is to read. Repetitions are bounded, since V8 keeps a place to come back to for each turn and throws at too many.
 */
const SEQUENCES = [
  String.raw`(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x80-\x9f\n]{0,65536}(?:\x07|\x1b\\|\x9c)`, // strings with an end
  String.raw`(?:\x1b\[|\x9b)[0-?]{0,256}[ -/]{0,16}[@-~]?`, // CSI: colours, cursor movement, erasing
  String.raw`\x1b[ -/]{0,16}[0-~]?`, // every other escape
  String.raw`[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]`, // C0 but tab, newline and return; DEL; C1
  `[${INVISIBLE}]`,
].join("|");
const CONTROL = new RegExp(SEQUENCES, "gu");

/** Plain colours, none of which hides a text: what this program writes itself. */
const COLOUR = String.raw`\x1b\[(?:0|[12]|22|3[1-79]|9[0-7])m`;
const CONTROL_BUT_COLOURS = new RegExp(`(?!${COLOUR})(?:${SEQUENCES})`, "gu");

/** Every way to end a line but `\n`: a lone return would let a line overwrite itself. */
const LINE_END = /\r\n?|[\u2028\u2029\u0085]/g;

/**
 * Removes terminal control sequences, control characters (but newline and tab), bidirectional overrides and invisible
 * characters, and turns every line end into `\n`. Linear in the length of `text`.
 */
export function stripControl(text: string): StrippedText {
  return strip(text, CONTROL);
}

/** The same, but plain colours stay: for what goes to a terminal of our own, whose parts were stripped one by one. */
export function stripAllButColours(text: string): StrippedText {
  return strip(text, CONTROL_BUT_COLOURS);
}

function strip(text: string, control: RegExp): StrippedText {
  let removed = 0;
  const lines = text.replace(LINE_END, "\n");
  const stripped = lines.replace(control, () => {
    removed++;
    return "";
  });
  return { text: stripped, removed };
}
