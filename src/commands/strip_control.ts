/** Text without anything that steers a terminal or hides itself from a reader, and how many pieces were taken out. */
export interface StrippedText {
  readonly text: string;
  readonly removed: number;
}

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
  String.raw`[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]`, // bidirectional overrides: text that reads as other text
  String.raw`[\u200b\u2060-\u2064\ufeff\u{e0000}-\u{e007f}]`, // invisible characters and tags
];
const CONTROL = new RegExp(SEQUENCES.join("|"), "gu");

/** Every way to end a line but `\n`: a lone return would let a line overwrite itself. */
const LINE_END = /\r\n?|[\u2028\u2029\u0085]/g;

/**
 * Removes terminal control sequences, control characters (but newline and tab), bidirectional overrides and invisible
 * characters, and turns every line end into `\n`. Linear in the length of `text`.
 */
export function stripControl(text: string): StrippedText {
  let removed = 0;
  const lines = text.replace(LINE_END, "\n");
  const stripped = lines.replace(CONTROL, () => {
    removed++;
    return "";
  });
  return { text: stripped, removed };
}
