/** Waits between connects never grow beyond this. */
const RECONNECT_LIMIT_MS = 60_000;

/**
 * How long to wait before connect number `attempt` since the last session (0 is the first). A NATS server that restarts
 * meets all its agents at once, so the first waits are spread evenly from nothing to twice `firstMs`; later ones lie
 * between half and all of a wait that doubles up to a minute. `random` returns a number in [0, 1).
 */
export function reconnectWaitMs(attempt: number, firstMs: number, random: () => number = Math.random): number {
  if (attempt === 0) return Math.round(2 * firstMs * random());
  const longestMs = Math.min(firstMs * 2 ** Math.min(attempt, 30), RECONNECT_LIMIT_MS);
  return Math.round(longestMs * (0.5 + random() / 2));
}
