import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { tcpUnder } from "./tls_agent.ts";

export interface PullOptions {
  /** What comes within this time of the last read waits, and is then read at once; 0 reads it as it comes. */
  readonly paceMs: number;
  /** Told of each piece's size. */
  readonly onBytes: (bytes: number) => void;
}

/** After a read of this much the sender has more: waiting would only hold it up. */
const FULL_READ_BYTES = 32 * 1024;

/**
 * The body, piece by piece, read from the network only when the next piece is asked for: a slow reader makes the sender
 * wait. Pieces that came together are one.
 */
export async function* pullBody(incoming: IncomingMessage, options: PullOptions): AsyncGenerator<Uint8Array> {
  const tcp = tcpUnder(incoming.socket);
  // From its end on the connection serves other requests, however long the last piece takes its reader.
  incoming.once("end", () => void tcp?.resume());
  let readAt = -Infinity;
  let timer: ReturnType<typeof setTimeout> | null = null;
  tcp?.resume(); // nothing was read between the head and now
  try {
    for await (const first of incoming) {
      tcp?.pause();
      if (timer !== null) clearTimeout(timer);
      const parts: Uint8Array[] = [first];
      for (let part = incoming.read(); part !== null; part = incoming.read()) parts.push(part);
      const piece = parts.length === 1 ? first : Buffer.concat(parts);
      options.onBytes(piece.length);
      readAt = performance.now();
      yield piece;
      if (incoming.readableEnded) continue;
      const waitMs = piece.length >= FULL_READ_BYTES ? 0 : readAt + options.paceMs - performance.now();
      if (waitMs > 0) timer = setTimeout(() => tcp?.resume(), waitMs);
      else tcp?.resume();
    }
  } finally {
    if (timer !== null) clearTimeout(timer);
    if (!incoming.readableEnded) tcp?.resume(); // an idle connection is listened to, or nobody notices its end
  }
}
