import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Clock } from "./clock.ts";
import { nextTurn } from "./next_turn.ts";
import type { Service } from "./service.ts";

/** What the trimmer needs of the JavaScript engine. */
interface Heap {
  /**
   * Bytes that the heap holds of the operating system, garbage and free pages included, and those of buffers that its
   * objects stand for: a buffer is as good as alive until the small object in the heap is collected.
   */
  committedBytes(): number;
  /** Whether the engine has collected all garbage, of its own accord, since this was last asked. */
  wasCollected(): boolean;
  /** Collects all garbage and gives free pages back; the program stands still for some tens of milliseconds. */
  collect(): void;
}

interface HeapTrimmerOptions {
  readonly heap: Heap;
  /** Bytes that the program holds on purpose, as what waits for the bus: they grow and are no garbage. */
  readonly heldBytes: () => number;
  readonly clock: Clock;
  /** Told of each collection. */
  readonly onTrim: () => void;
}

/** How often the heap's size is looked at, which costs microseconds. */
const LOOK_MS = 500;
/** How far the heap may grow beyond what the last collection left before it is collected again. */
const GROWTH_LIMIT_BYTES = 9 * 2 ** 20;
/** In a calm the little that a burst left below the limit is collected as well: nobody waits for the program then. */
const CALM_GROWTH_BYTES = 2 * 2 ** 20;
/** A heap whose size has stayed within this, */
const CALM_BAND_BYTES = 2 ** 20;
/** for so long, is calm. */
const CALM_MS = 20_000;
/** How many times as long as the last collection took the program goes on before the next one, */
const REST_FACTOR = 8;
/** unless the heap has grown by so much until then: on a fraction of a core a collection takes a third of a second. */
const URGENT_GROWTH_BYTES = 20 * 2 ** 20;

/**
 * Keeps the heap near the size of what is alive. V8 sizes its young generation for throughput: after a burst it keeps up
 * to 64 MB of it, and a program that then waits never gives it back. Flags that forbid this can be set only from outside
 * (`--v8-flags=--max-semi-space-size=1`); under them the trimmer finds nothing to do.
 */
export function createHeapTrimmer(options: HeapTrimmerOptions): Service {
  const { heap, clock } = options;
  /** Of what may be garbage. */
  const bytesNow = () => Math.max(0, heap.committedBytes() - options.heldBytes());
  return {
    name: "heap_trimmer",
    async run(signal) {
      let floorBytes = 0; // so that the garbage of the start goes first
      let restUntilMs = -Infinity;
      let calm = { bytes: 0, sinceMs: clock.monotonic() };
      while (!signal.aborted) {
        await clock.sleep(LOOK_MS, signal).catch(() => {});
        await nextTurn(); // in which the heap learns of a collection that was just now
        if (signal.aborted) return;
        const bytes = bytesNow();
        const nowMs = clock.monotonic();
        // Where the engine has collected by itself, another collection would find nothing: it left what is there. Buffers
        // are given back some time after it.
        floorBytes = heap.wasCollected() && floorBytes > 0 ? bytes : Math.min(floorBytes, bytes);
        if (Math.abs(bytes - calm.bytes) > CALM_BAND_BYTES) calm = { bytes, sinceMs: nowMs };
        const isCalm = nowMs - calm.sinceMs >= CALM_MS;
        const limitBytes = isCalm ? CALM_GROWTH_BYTES : nowMs < restUntilMs ? URGENT_GROWTH_BYTES : GROWTH_LIMIT_BYTES;
        if (bytes - floorBytes < limitBytes) continue;
        heap.collect();
        const endedMs = clock.monotonic();
        restUntilMs = endedMs + REST_FACTOR * (endedMs - nowMs);
        floorBytes = bytesNow();
        calm = { bytes: floorBytes, sinceMs: endedMs };
        options.onTrim();
      }
    },
  };
}

/** The heap of this process. V8 hands its collector out only to contexts that are made after the flag is set. */
export function openHeap(): Heap {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  let wasCollected = false;
  let era = 0;
  // A symbol, because V8 makes it old: it outlives collections of the young generation, which are many.
  const watch = new FinalizationRegistry<number>((of) => {
    if (of !== era) return;
    wasCollected = true;
    watchEra();
  });
  const watchEra = () => watch.register(Symbol(), era);
  watchEra();
  return {
    committedBytes() {
      const { total_heap_size, external_memory } = getHeapStatistics();
      return total_heap_size + external_memory;
    },
    wasCollected() {
      const was = wasCollected;
      wasCollected = false;
      return was;
    },
    collect() {
      era++;
      collect();
      watchEra();
    },
  };
}
