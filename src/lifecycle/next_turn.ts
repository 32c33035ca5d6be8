import { setTimeout } from "node:timers";

/**
 * Calls `next` once sockets, files and timers have had their turn. `setImmediate` promises that and does not keep it: while
 * one waits, Deno 2.9 looks at its sockets in one of 61 turns only, and an answer to a request takes three such looks.
 */
export function onNextTurn(next: () => void): void {
  setTimeout(next, 0);
}

/** The same as a promise: for work that would otherwise be all that this thread does. */
export function nextTurn(): Promise<void> {
  return new Promise(onNextTurn);
}
