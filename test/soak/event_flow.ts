import type { SandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { faultNumbers, watchedEvent } from "../support/watched_event.ts";
import type { EventLedger } from "./event_ledger.ts";

/** The API server forgets events, as a real one does after an hour; here after so many. */
const KEPT = 4_000;
/** Every so many faults one is followed by its repeats, and by something harmless. */
const REPEAT_EVERY = 5;
const REPEATS = 3;
/** So many faults later each repeat comes. */
const REPEAT_AFTER = 40;

/** A flow of events into the sandbox: mostly new faults, repeats of earlier ones, and noise that is no fault. */
export interface EventFlow {
  /** Makes one event. */
  next(): void;
}

export function createEventFlow(api: SandboxApi, ledger: EventLedger): EventFlow {
  const numbers = faultNumbers();
  const recent: number[] = [];
  const due: { readonly at: number; readonly number: number; readonly count: number }[] = [];
  const kept: { readonly namespace: string; readonly name: string }[] = [];
  let step = 0;

  function put(number: number, count: number): void {
    const event = watchedEvent(number);
    const lastTimestamp = new Date().toISOString().replace(/\.\d+/, "");
    api.putEvent({ ...event, count, lastTimestamp, firstTimestamp: lastTimestamp });
    ledger.made(number, count);
    if (count === 1) keep(event.metadata);
  }

  function keep(metadata: { readonly namespace: string; readonly name: string }): void {
    kept.push(metadata);
    if (kept.length <= KEPT) return;
    const oldest = kept.shift();
    if (oldest !== undefined) api.store.remove("events", oldest.namespace, oldest.name);
  }

  function putNoise(): void {
    const event = watchedEvent(step);
    const metadata = { ...event.metadata, name: `started-${step}` };
    api.putEvent({ ...event, metadata, type: "Normal", reason: "Started", message: "Started container app" });
    keep(metadata);
  }

  return {
    next() {
      step++;
      const repeat = due[0];
      if (repeat !== undefined && repeat.at <= step) {
        due.shift();
        put(repeat.number, repeat.count);
        return;
      }
      if (step % REPEAT_EVERY === 0) return putNoise();
      const number = numbers.next().value;
      put(number, 1);
      recent.push(number);
      if (recent.length < REPEAT_EVERY) return;
      recent.length = 0;
      for (let repeats = 1; repeats <= REPEATS; repeats++) {
        due.push({ at: step + repeats * REPEAT_AFTER, number, count: 1 + repeats });
      }
    },
  };
}
