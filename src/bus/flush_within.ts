import type { BusSession } from "./connection.ts";

/** The connection is open and answers nothing. */
export class FlushTimeout extends Error {
  override readonly name = "FlushTimeout";
}

/** Waits for a flush's PONG, `limitMs` at most; rejects with `FlushTimeout`, or when the connection ends. */
export function flushWithin(session: BusSession, flush: Promise<void>, limitMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => () => {
      clearTimeout(timer);
      session.ended.removeEventListener("abort", gone);
      act();
    };
    const gone = settle(() => reject(new Error("the connection ended")));
    const timer = setTimeout(
      settle(() => reject(new FlushTimeout(`NATS has not answered a ping within ${limitMs} ms; the agent reconnects`))),
      limitMs,
    );
    session.ended.addEventListener("abort", gone, { once: true });
    flush.then(settle(resolve), (error) => settle(() => reject(error))());
    if (session.ended.aborted) gone();
  });
}
