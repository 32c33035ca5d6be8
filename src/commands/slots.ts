/** A number of places that are taken in the order of asking. */
export interface Slots {
  /** Waits for a place, or rejects with the signal's reason. Whoever got one gives it back with `release`. */
  take(signal: AbortSignal): Promise<void>;
  release(): void;
  readonly taken: number;
}

/** Makes `count` places. */
export function createSlots(count: number): Slots {
  const waiting = new Set<() => void>();
  let taken = 0;
  return {
    take(signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (taken < count) {
        taken++;
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => {
        const enter = (): void => {
          signal.removeEventListener("abort", leave);
          resolve();
        };
        const leave = (): void => {
          waiting.delete(enter);
          reject(signal.reason);
        };
        waiting.add(enter);
        signal.addEventListener("abort", leave, { once: true });
      });
    },
    release() {
      const [next] = waiting;
      if (next === undefined) taken--;
      else {
        waiting.delete(next);
        next();
      }
    },
    get taken() {
      return taken;
    },
  };
}
