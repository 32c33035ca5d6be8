import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { valveUnder } from "./tls_agent.ts";

interface PullOptions {
  /** How long what comes after a piece waits, to be read at once; 0 reads it as it comes. */
  readonly paceMs: (piece: Uint8Array) => number;
  /** Told of each piece's size. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * The body, piece by piece, read from the network only when the next piece is asked for: a slow reader makes the sender
 * wait. Pieces that came together are one.
 */
export async function* pullBody(incoming: IncomingMessage, options: PullOptions): AsyncGenerator<Uint8Array> {
  const valve = valveUnder(incoming.socket);
  // From its end on the connection serves other requests, however long the last piece takes its reader: hands off.
  const hold = () => incoming.readableEnded || valve?.close();
  const letGo = () => incoming.readableEnded || valve?.open();
  incoming.once("end", () => valve?.open());
  let timer: ReturnType<typeof setTimeout> | null = null;
  letGo(); // nothing was read between the head and now
  try {
    for await (const first of incoming) {
      hold();
      if (timer !== null) clearTimeout(timer);
      const parts: Uint8Array[] = [first];
      for (let part = incoming.read(); part !== null; part = incoming.read()) parts.push(part);
      const piece = parts.length === 1 ? first : Buffer.concat(parts);
      options.onBytes(piece.length);
      const readAt = performance.now();
      const paceMs = options.paceMs(piece);
      yield piece;
      const waitMs = readAt + paceMs - performance.now();
      if (waitMs > 0) timer = setTimeout(letGo, waitMs);
      else letGo();
    }
  } finally {
    if (timer !== null) clearTimeout(timer);
    letGo(); // an idle connection is listened to, or nobody notices its end
  }
}
