import { clipText } from "./clip_text.ts";

/** What is kept of a log. */
interface LogExcerpt {
  /** The last lines, in order. */
  readonly lines: string;
  /** Lines before them that look like errors, in order; "" without any. */
  readonly errors: string;
  /** Lines of the log as it was read that are in neither. */
  readonly leftOut: number;
}

const LINE_LENGTH = 1_024;
const LENGTH_LIMIT = 8 * 1_024;
/** What lines that look like errors may take of it. */
const ERRORS_LENGTH = 3 * 1_024;
const ERROR_LINES = 20;
/** Words that loggers and runtimes put where something is wrong; at the beginning of a word. */
const LOOKS_LIKE_ERROR =
  /\b(?:err|error|fail|fatal|panic|exception|traceback|critical|refused|denied|unauthorized|forbidden|timed? ?out|unable|cannot|can't|could not|not found|no such|out of memory|oom|killed|segfault|sigsegv|abort|invalid|missing)|\b[A-Z]\w*(?:Error|Exception)\b/i;

/**
 * The last `lastLines` lines of a log, and the lines before them that look like errors: what a program says last is mostly
 * why it ended, but some go on to say goodbye. At most 8 kB. Linear in the text.
 */
export function selectLogLines(text: string, lastLines: number): LogExcerpt {
  const all = text.split("\n");
  if (all.at(-1) === "") all.pop();
  const clipped = (line: string) => clipText(line.trimEnd(), LINE_LENGTH) ?? "";
  const before = Math.max(0, all.length - lastLines);
  const errors: string[] = [];
  let errorsLength = 0;
  for (let at = before - 1; at >= 0 && errors.length < ERROR_LINES; at--) {
    const line = all[at] ?? "";
    if (!LOOKS_LIKE_ERROR.test(line.length > LINE_LENGTH ? line.slice(0, LINE_LENGTH) : line)) continue;
    const kept = clipped(line);
    if (errorsLength + kept.length > ERRORS_LENGTH) break;
    errorsLength += kept.length + 1;
    errors.push(kept);
  }
  const lines: string[] = [];
  let length = errorsLength;
  for (let at = all.length - 1; at >= before; at--) {
    const kept = clipped(all[at] ?? "");
    if (length + kept.length > LENGTH_LIMIT) break;
    length += kept.length + 1;
    lines.push(kept);
  }
  return {
    lines: lines.reverse().join("\n"),
    errors: errors.reverse().join("\n"),
    leftOut: all.length - lines.length - errors.length,
  };
}
