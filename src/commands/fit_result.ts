import type { CommandResult } from "../wire/command_result.ts";

/** A result as it goes out: encoded, and within the limit. */
interface FittedResult {
  readonly result: CommandResult;
  readonly body: Uint8Array;
}

/** The share of the room that `error` may take from `output` when both are long. */
const ERROR_SHARE = 0.25;

/**
 * Encodes `result` so that it fits `limitBytes` after JSON escaping: first `error`, then `output` are cut at a character's
 * end and `truncated` is set. Sizes are counted before anything is encoded, so that a large output is never held twice more. Everything else in a result is bounded by whoever makes it;
 * a limit too small even for that gives a message of that size.
 */
export function fitResult(result: CommandResult, limitBytes: number): FittedResult {
  const bareBytes = encode({ ...result, output: "", error: "", truncated: true }).length;
  // "truncated":true is one byte shorter than false: near the limit this cuts one byte early.
  const room = Math.max(0, limitBytes - bareBytes - 1);
  const outputBytes = jsonSize(result.output, Infinity).bytes;
  const error = jsonSize(result.error, Math.max(Math.floor(room * ERROR_SHARE), room - outputBytes));
  const output = jsonSize(result.output, room - error.bytes);
  if (error.length === result.error.length && output.length === result.output.length) {
    return { result, body: encode(result) };
  }
  const fitted = {
    ...result,
    error: result.error.slice(0, error.length),
    output: result.output.slice(0, output.length),
    truncated: true,
  };
  return { result: fitted, body: encode(fitted) };
}

const encoder = new TextEncoder();
const encode = (result: CommandResult): Uint8Array => encoder.encode(JSON.stringify(result));

/**
 * How many UTF-16 units of `text` fit into `limit` bytes inside a JSON string, and the bytes that they take. The sizes are
 * those of ECMA-262's QuoteJSONString: two bytes for the short escapes, six for other control characters and lone surrogates.
 */
function jsonSize(text: string, limit: number): { length: number; bytes: number } {
  let bytes = 0;
  let i = 0;
  while (i < text.length) {
    const code = text.codePointAt(i) ?? 0;
    const size = jsonSizeOf(code);
    if (bytes + size > limit) break;
    bytes += size;
    i += code > 0xffff ? 2 : 1;
  }
  return { length: i, bytes };
}

function jsonSizeOf(code: number): number {
  if (code < 0x20) return code === 8 || code === 9 || code === 10 || code === 12 || code === 13 ? 2 : 6;
  if (code < 0x80) return code === 0x22 || code === 0x5c ? 2 : 1;
  if (code < 0x800) return 2;
  if (code >= 0xd800 && code <= 0xdfff) return 6;
  return code > 0xffff ? 4 : 3;
}
