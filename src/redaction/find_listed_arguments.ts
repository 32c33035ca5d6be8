import { ARGUMENT_PATTERNS } from "./argument_patterns.ts";
import { findArguments } from "./find_tokens.ts";
import type { Redaction } from "./redaction.ts";
import { placePiece, SEPARATOR_LINE, type TextView, ViewBuilder } from "./view_builder.ts";
import type { Extent } from "./value_extent.ts";

/** What an item of a list in YAML, or in JSON on many lines, begins with. A block value is no item. */
const ITEM_HEAD = /^[ \t]{0,256}(?:-[ \t]{1,64}(?![|>]\S?$)["']?|")/;
const ITEM_TAIL = /["']?,?$/;
/** What stands between a command and its arguments. */
const BETWEEN = /^[ \t]{0,256}(?:(?:-[ \t]{1,64})?["']?(command|args)["']?:[ \t]{0,64}\[?|\],?)$/i;
/** Longer items are no flags. */
const ITEM_LIMIT = 1024;
const HINTS = ARGUMENT_PATTERNS.flatMap(({ hints }) => hints.map((hint) => hint.trim()));

/**
 * The arguments of programs with short flags (`redis-cli`, `-a`, …) where each stands on a line of its own: in a list in
 * YAML or JSON, or below `Command:` and `Args:` as `describe` prints them. They are read as if they stood on one line.
 */
export function findListedArguments(view: TextView): readonly Redaction[] {
  if (!/\n[ \t]*(?:- |"|\S+[ \t\r]*\n)/.test(view.text)) return [];
  const lower = view.text.toLowerCase();
  if (!HINTS.some((hint) => lower.includes(hint))) return [];
  const joined = joinItems(view);
  return joined === null ? [] : findArguments(joined.text).map((piece) => placePiece(joined, piece));
}

function joinItems(view: TextView): TextView | null {
  const { text } = view;
  const builder = new ViewBuilder(view);
  let items: Extent[] = [];
  /** The indentation of a `Command:` or `Args:`, below which each line is an item. */
  let described = -1;

  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline;
    takeLine(start, text.slice(start, Math.min(end, start + ITEM_LIMIT)).trimEnd());
    start = end + 1;
  }
  endList();
  return builder.length === 0 ? null : builder.build();

  function takeLine(start: number, line: string): void {
    const indent = line.search(/[^ \t]|$/);
    const key = BETWEEN.exec(line);
    if (key !== null) {
      described = key[1] === undefined ? -1 : indent;
      return;
    }
    const head = ITEM_HEAD.exec(line)?.[0];
    if (head !== undefined) {
      items.push({ start: start + head.length, end: start + Math.max(head.length, line.search(ITEM_TAIL)) });
    } else if (described >= 0 && indent > described) {
      items.push({ start: start + indent, end: start + line.length });
    } else endList();
  }

  function endList(): void {
    if (items.length > 1) {
      for (const { start, end } of items) {
        builder.copy(start, end);
        builder.put(" ", end);
      }
      builder.put(`\n${SEPARATOR_LINE}\n`, items.at(-1)?.end ?? 0);
    }
    items = [];
    described = -1;
  }
}
