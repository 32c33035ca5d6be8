/** What may be taken at a time. */
interface SlotLimits {
  readonly count: number;
  /** Bytes of memory together. Somebody who needs more than all of them gets them alone. */
  readonly bytes: number;
}

/** A number of places, and memory that those who have one share; given out in the order of asking. */
export interface Slots {
  /** Waits for a place with `bytes` of memory, or rejects with the signal's reason. Resolves to what gives both back. */
  take(bytes: number, signal: AbortSignal): Promise<() => void>;
  readonly taken: number;
}

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

/**
 * Makes the places. Nobody overtakes: somebody who needs much would otherwise wait for as long as others come who need
 * little.
 */
export function createSlots(limits: SlotLimits): Slots {
  const waiting = new Set<Waiting>();
  let taken = 0;
  let takenBytes = 0;

  const hasRoom = (bytes: number): boolean =>
    taken < limits.count && (taken === 0 || takenBytes + bytes <= limits.bytes);

  function enter(bytes: number): () => void {
    taken++;
    takenBytes += bytes;
    return () => {
      taken--;
      takenBytes -= bytes;
      admit();
    };
  }

  function admit(): void {
    for (const next of waiting) {
      if (!hasRoom(next.bytes)) return;
      waiting.delete(next);
      next.enter();
    }
  }

  return {
    take(bytes, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (waiting.size === 0 && hasRoom(bytes)) return Promise.resolve(enter(bytes));
      return new Promise((resolve, reject) => {
        const place: Waiting = {
          bytes,
          enter() {
            signal.removeEventListener("abort", leave);
            resolve(enter(bytes));
          },
        };
        const leave = (): void => {
          waiting.delete(place);
          reject(signal.reason);
          admit();
        };
        waiting.add(place);
        signal.addEventListener("abort", leave, { once: true });
      });
    },
    get taken() {
      return taken;
    },
  };
}
