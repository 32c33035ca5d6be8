import type { Socket } from "node:net";
import { onNextTurn } from "./next_turn.ts";

/** Says whether a socket is held back until the next turn of the event loop. */
interface TurnLimit {
  isWaiting(): boolean;
}

/**
 * Lets a plain TCP socket bring about so many bytes in one turn of the event loop, so that everything else has its turn
 * while somebody sends as fast as he can. Deno reads a socket 32 times in a row, 2 MiB, before anything else happens.
 * `mayGoOn` is asked before the socket is read on.
 */
export function limitTurn(socket: Socket, limitBytes: number, mayGoOn: () => boolean = () => true): TurnLimit {
  let waiting = false;
  let bytes = 0;
  socket.on("data", (chunk) => {
    bytes += chunk.length;
    if (bytes < limitBytes || waiting) return;
    waiting = true;
    socket.pause();
    onNextTurn(() => {
      waiting = false;
      bytes = 0;
      if (mayGoOn()) socket.resume();
    });
  });
  return { isWaiting: () => waiting };
}
