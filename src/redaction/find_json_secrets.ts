import type { Redaction } from "./redaction.ts";

/** An object or array that is open at the place where the scan is. */
interface Frame {
  kind: string | null;
  /** The key whose value comes next. */
  key: string | null;
  /** For the value of `data` or `stringData`: the frame of the object that has it. */
  readonly dataOf: Frame | null;
  readonly values: Redaction[];
}

/** Deeper than any Kubernetes object; what lies deeper is scanned without being understood. */
const DEPTH_LIMIT = 200;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;

/**
 * The strings in `data` and `stringData` of every Secret in JSON, pretty or compact, alone or in lists, with other text
 * around it. kubectl writes `kind` after `data`, so in output that was `cut` an object whose kind is not known is taken
 * for a Secret. One pass, nothing is looked at twice.
 */
export function findJsonSecrets(text: string, cut: boolean): Redaction[] {
  if (!/"(?:data|stringData)"/.test(text) || !(cut || /"Secret(?:List)?"/.test(text))) return [];
  // Items of a typed list have no kind of their own.
  const unknownIsSecret = cut || text.includes('"SecretList"');
  const found: Redaction[] = [];
  const stack: Frame[] = [];
  let tooDeep = 0;
  /** The last string, which a colon makes a key. No key that matters is longer than this. */
  let lastString = "";

  const close = (frame: Frame): void => {
    if (frame.kind === "Secret" || (unknownIsSecret && frame.kind === null)) {
      for (const value of frame.values) found.push(value);
    }
  };
  const open = (): void => {
    if (stack.length >= DEPTH_LIMIT) {
      tooDeep++;
      return;
    }
    const parent = stack.at(-1);
    const isData = parent !== undefined && (parent.key === "data" || parent.key === "stringData");
    stack.push({ kind: null, key: null, dataOf: isData ? parent : null, values: [] });
  };
  const takeString = (start: number, end: number): void => {
    const frame = stack.at(-1);
    lastString = text.slice(start, Math.min(end, start + 64));
    if (frame === undefined || frame.key === null || tooDeep > 0) return;
    if (frame.key === "kind") frame.kind = lastString;
    frame.dataOf?.values.push({ rule: "secret_data", start, end });
  };

  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      const end = endOfString(text, i + 1);
      // A string that its line or the output cuts off still counts when it is a value.
      takeString(i + 1, end);
      i = text.charCodeAt(end) === QUOTE ? end : end - 1;
      continue;
    }
    const frame = stack.at(-1);
    switch (text[i]) {
      case "{":
      case "[":
        open();
        break;
      case "}":
      case "]":
        if (tooDeep > 0) tooDeep--;
        else if (frame !== undefined) {
          stack.pop();
          close(frame);
        }
        break;
      case ":":
        if (frame !== undefined && tooDeep === 0) frame.key = lastString;
        break;
      case ",":
        if (frame !== undefined && tooDeep === 0) frame.key = null;
        break;
    }
  }
  for (const frame of stack) close(frame);
  return found;
}

/** The index of the closing quote, or of the end of the line: JSON strings hold no newline. */
function endOfString(text: string, from: number): number {
  let i = from;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE || code === NEWLINE) return i;
  }
  return Math.min(i, text.length);
}
