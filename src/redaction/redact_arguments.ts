import { findArguments } from "./find_tokens.ts";
import { redactionMark } from "./redaction.ts";

/** Longer items are scripts, which are read by themselves, and no flags. */
const ITEM_LIMIT = 1024;

/**
 * The arguments of a command with the passwords cut out that a short flag before them tells (`["redis-cli", "-a", …]`):
 * read as if they stood on one line. The same list where there are none.
 */
export function redactArguments(items: readonly string[]): readonly string[] {
  if (items.length < 2) return items;
  const line = items.map((item) => item.length > ITEM_LIMIT ? "" : item).join(" ");
  const pieces = findArguments(line).sort((a, b) => a.start - b.start);
  if (pieces.length === 0) return items;
  let next = 0;
  let at = 0;
  return items.map((item) => {
    const from = at;
    at += (item.length > ITEM_LIMIT ? 0 : item.length) + 1;
    let kept = "";
    let copied = 0;
    for (let piece = pieces[next]; piece !== undefined && piece.start < at - 1; piece = pieces[++next]) {
      const start = Math.max(piece.start - from, copied);
      kept += item.slice(copied, start) + redactionMark("argument");
      copied = Math.max(start, Math.min(piece.end - from, item.length));
    }
    return kept === "" ? item : kept + item.slice(copied);
  });
}
