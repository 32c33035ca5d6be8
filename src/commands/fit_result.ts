import { Buffer } from "node:buffer";
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

/** UTF-16 units that the runtime encodes at a time: by itself it takes a tenth of what a loop over characters takes. */
const PIECE_LENGTH = 4 * 1024;

/**
 * How many UTF-16 units of `text` fit into `limit` bytes inside a JSON string, and the bytes that they take. Never half of a
 * surrogate pair.
 */
function jsonSize(text: string, limit: number): { length: number; bytes: number } {
  let bytes = 0;
  let at = 0;
  while (at < text.length) {
    const piece = text.slice(at, endOfPiece(text, at));
    const size = Buffer.byteLength(JSON.stringify(piece)) - QUOTES;
    if (bytes + size > limit) {
      const fitting = fittingUnits(piece, limit - bytes);
      return { length: at + fitting.length, bytes: bytes + fitting.bytes };
    }
    bytes += size;
    at += piece.length;
  }
  return { length: at, bytes };
}

const QUOTES = 2;

/** Where a piece that begins at `start` ends: not between the halves of a pair. */
function endOfPiece(text: string, start: number): number {
  const end = start + PIECE_LENGTH;
  return (text.codePointAt(end - 1) ?? 0) > 0xffff ? end + 1 : end;
}

/** The same character by character. */
function fittingUnits(piece: string, limit: number): { length: number; bytes: number } {
  let bytes = 0;
  let length = 0;
  for (const character of piece) {
    const size = Buffer.byteLength(JSON.stringify(character)) - QUOTES;
    if (bytes + size > limit) break;
    bytes += size;
    length += character.length;
  }
  return { length, bytes };
}
