import { Buffer } from "node:buffer";

/** What a process wrote, cut at a limit that both of its streams share. */
export interface BoundedOutput {
  /** Keeps what fits. Returns false once something did not fit: nothing more is kept after that. */
  take(stream: "stdout" | "stderr", chunk: Uint8Array): boolean;
  readonly truncated: boolean;
  /** Bytes that came, kept or not. */
  readonly receivedBytes: number;
  text(stream: "stdout" | "stderr"): string;
}

/**
 * Keeps at most `limitBytes` of standard output and standard error together. Memory is bounded by the limit plus one
 * chunk, however much the process writes.
 */
export function createBoundedOutput(limitBytes: number): BoundedOutput {
  const chunks: Record<"stdout" | "stderr", Uint8Array[]> = { stdout: [], stderr: [] };
  let keptBytes = 0;
  let receivedBytes = 0;
  let truncated = false;
  return {
    take(stream, chunk) {
      receivedBytes += chunk.length;
      const room = truncated ? 0 : limitBytes - keptBytes;
      // A copy of the part: a view would keep the whole chunk alive.
      const kept = chunk.length <= room ? chunk : chunk.slice(0, room);
      if (kept.length > 0) chunks[stream].push(kept);
      keptBytes += kept.length;
      if (kept.length < chunk.length) truncated = true;
      return !truncated;
    },
    get truncated() {
      return truncated;
    },
    get receivedBytes() {
      return receivedBytes;
    },
    text: (stream) => decodeUtf8(Buffer.concat(chunks[stream]), truncated),
  };
}

/** Bytes as text; wrong bytes become U+FFFD, and a character that a cut left in half at the end is dropped. */
function decodeUtf8(bytes: Uint8Array, cut: boolean): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: cut });
}
