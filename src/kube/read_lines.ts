import { Buffer } from "node:buffer";
import type { SkippedLineReason } from "../telemetry/label_values.ts";

interface ReadLinesOptions {
  /** A longer line is skipped without ever being held whole. */
  readonly limitBytes: number;
  readonly onSkipped: (reason: SkippedLineReason, bytes: number) => void;
}

const NEWLINE = 0x0a;
const REPLACEMENT = "\ufffd";

/**
 * Splits a byte stream into lines, a batch a chunk, in order. A line cut by the end of the stream is not a line and is
 * dropped. Lines over the limit and lines that are not UTF-8 are skipped and told to `onSkipped`; empty lines are passed
 * over. Pulls one chunk at a time, so a slow reader slows the sender.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  options: ReadLinesOptions,
): AsyncGenerator<readonly string[]> {
  // The beginning of a line that goes on in the next chunk, copied: a view holds on to its whole chunk. Room that is used
  // again, because V8 gives the bytes of a buffer back only when it collects, which it does by the size of its own heap.
  let room = Buffer.alloc(0);
  let restBytes = 0;
  let skipping = false; // inside a line that is already too long

  function keep(bytes: Uint8Array): void {
    if (restBytes + bytes.length > room.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(options.limitBytes, 2 * (restBytes + bytes.length)));
      room.copy(larger, 0, 0, restBytes);
      room = larger;
    }
    room.set(bytes, restBytes);
    restBytes += bytes.length;
  }

  for await (const chunk of chunks) {
    let start = 0;
    const lines: string[] = [];
    const firstNewline = chunk.indexOf(NEWLINE);
    if (firstNewline === -1) {
      skipping ||= restBytes + chunk.length > options.limitBytes;
      if (skipping) restBytes += chunk.length;
      else keep(chunk);
    } else {
      if (restBytes > 0) {
        const lineBytes = restBytes + firstNewline;
        if (skipping || lineBytes > options.limitBytes) options.onSkipped("too_long", lineBytes);
        else {
          keep(chunk.subarray(0, firstNewline));
          pushLines(room.subarray(0, restBytes), lines, options);
        }
        restBytes = 0;
        skipping = false;
        start = firstNewline + 1;
      }
      const end = chunk.lastIndexOf(NEWLINE);
      if (end > start) pushLines(chunk.subarray(start, end), lines, options);
      const tail = chunk.subarray(end + 1);
      skipping = tail.length > options.limitBytes;
      if (skipping) restBytes = tail.length;
      else if (tail.length > 0) keep(tail);
    }
    if (lines.length > 0) yield lines;
  }
}

/** Decodes a run of whole lines at once: one call into the runtime a chunk is what makes bursts cheap. */
function pushLines(bytes: Uint8Array, lines: string[], options: ReadLinesOptions): void {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  // A replacement character stands either for itself or for bytes that are not UTF-8; only then look line by line.
  const suspicious = text.includes(REPLACEMENT);
  let start = 0;
  for (const line of text.split("\n")) {
    const lineBytes = suspicious || line.length > options.limitBytes / 4 ? Buffer.byteLength(line) : line.length;
    if (line.trim() === "") {
      // nothing between two newlines
    } else if (lineBytes > options.limitBytes) options.onSkipped("too_long", lineBytes);
    else if (suspicious && line.includes(REPLACEMENT) && !isUtf8Line(bytes, start)) {
      options.onSkipped("invalid_utf8", lineBytes);
    } else lines.push(line);
    if (suspicious) start = bytes.indexOf(NEWLINE, start) + 1;
  }
}

const strictDecoder = new TextDecoder("utf-8", { fatal: true });

function isUtf8Line(bytes: Uint8Array, start: number): boolean {
  const newline = bytes.indexOf(NEWLINE, start);
  try {
    strictDecoder.decode(bytes.subarray(start, newline === -1 ? bytes.length : newline));
    return true;
  } catch {
    return false;
  }
}
