import { nextTurn } from "../lifecycle/next_turn.ts";

/** Some milliseconds of parsing. What comes over the wire is held to as much by `limitTurn`. */
const TURN_BYTES = 256 * 1024;

/**
 * The chunks, with everything else in the program having its turn now and then: a thousandth of the bytes has crossed the
 * network where an answer repeats itself, and Deno inflates what there is of it without coming back to the event loop.
 */
export async function* takeTurns(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    yield chunk;
    bytes += chunk.length;
    if (bytes < TURN_BYTES) continue;
    bytes = 0;
    await nextTurn();
  }
}
