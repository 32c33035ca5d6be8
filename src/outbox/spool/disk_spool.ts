import { mkdir } from "node:fs/promises";
import { backoffMs } from "../../lifecycle/backoff.ts";
import type { Clock } from "../../lifecycle/clock.ts";
import { AgentError, errorMessage } from "../../lifecycle/errors.ts";
import { createLogger } from "../../lifecycle/logging.ts";
import { type FolderLock, LOCK_TOUCH_MS, takeFolderLock } from "../../state/folder_lock.ts";
import { makeRoom } from "./make_room.ts";
import { MergeReader } from "./merge_reader.ts";
import { recoverSegments } from "./recover_segments.ts";
import { SegmentStore } from "./segment_store.ts";
import { createSerial } from "./serial.ts";
import type {
  AppendOutcome,
  Eviction,
  ReadLimits,
  Recovered,
  Spool,
  SpoolFault,
  SpoolMessage,
  SpoolPosition,
  SpoolRecord,
  SpoolStatus,
} from "./spool.ts";
import { describeFault } from "./spool_fault.ts";

export interface DiskSpoolOptions {
  /** Made if it is not there, for the owner alone. */
  readonly dir: string;
  readonly maxBytes: number;
  readonly clock: Clock;
  /** Ends the wait for a lock whose owner may be alive. */
  readonly signal: AbortSignal;
  /** Whether `append` waits until the disk itself has the data. Without it a crash of the machine can lose what was confirmed. Default true. */
  readonly sync?: boolean;
  /** Default: a 64th of `maxBytes`, from 64 KiB to 8 MiB. What a full spool gives up goes in pieces of this size. */
  readonly segmentBytes?: number;
  /** Acknowledgements reach the disk this late at most. Default 100 ms. */
  readonly acknowledgeFlushMs?: number;
  /** Told what was found when a folder that could not be opened at first is opened after all. */
  readonly onRecovered?: (recovered: Recovered) => void;
  /** Told of records that were stored and can't be read any more. */
  readonly onDamaged?: (records: number) => void;
  /** Told when the disk stops taking messages, and with null when it takes them again. */
  readonly onFault?: (fault: SpoolFault | null) => void;
}

/** The disk is tried again after a second, then less and less often, every half minute at last. */
const RETRY = { firstMs: 1_000, limitMs: 30_000, jitter: 0.1 };
/** A shared write takes up to this much: it bounds the buffers, and how long a later caller waits. */
const GROUP_BYTES = 1024 * 1024;
/** So many acknowledgements are written without waiting for the timer: the tail that a crash can repeat. */
const ACKNOWLEDGE_BATCH = 1_000;

interface Request {
  readonly messages: readonly SpoolMessage[];
  readonly resolve: (outcome: AppendOutcome) => void;
}

/** What there is once the folder is open. */
interface Opened {
  readonly store: SegmentStore;
  readonly reader: MergeReader;
  readonly lock: FolderLock;
}

/** The spool over a folder of segment files; `openSpool` makes one. */
export class DiskSpool implements Spool {
  readonly #options: DiskSpoolOptions;
  readonly #log = createLogger("spool");
  readonly #serial = createSerial();
  readonly #readSerial = createSerial();
  readonly #closing = new AbortController();
  #opened: Opened | null = null;
  #fault: SpoolFault | null = null;
  #failures = 0;
  #retryAtMs = 0;
  #queue: Request[] = [];
  #pump: Promise<void> | null = null;
  #unflushed = 0;
  #flushTimer: Promise<void> | null = null;
  /** Cuts the timer short. */
  #flushNow = new AbortController();
  #closed = false;
  #lockKeeper: Promise<void> = Promise.resolve();

  constructor(options: DiskSpoolOptions) {
    this.#options = options;
  }

  /** Opens the folder. Resolves with the fault when the disk refuses; rejects when another process has it. */
  async open(): Promise<Recovered | SpoolFault> {
    const { dir, clock, maxBytes, sync = true } = this.#options;
    let lock: FolderLock | null = null;
    try {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const place = { dir, file: "lock", what: "the spool", setting: "outbox.spool_dir", clock };
      lock = await takeFolderLock(place, AbortSignal.any([this.#options.signal, this.#closing.signal]));
      const segmentBytes = this.#options.segmentBytes ??
        Math.max(64 * 1024, Math.min(8 * 1024 * 1024, Math.floor(maxBytes / 64)));
      const store = new SegmentStore({ dir, segmentBytes, sync });
      const recovered = await recoverSegments(store, clock.now());
      this.#opened = { store, reader: new MergeReader(store, this.#readTrouble()), lock };
      this.#lockKeeper = this.#keepLock(lock);
      this.#clearFault();
      return recovered;
    } catch (error) {
      await lock?.release().catch(() => undefined);
      if (error instanceof AgentError || this.#options.signal.aborted) throw error;
      return this.#noteFault(`open the spool ${dir}`, error);
    }
  }

  append(messages: readonly SpoolMessage[]): Promise<AppendOutcome> {
    if (this.#closed) {
      return Promise.resolve({ kind: "degraded", fault: closedFault(this.#options.dir), evictions: [] });
    }
    return new Promise((resolve) => {
      this.#queue.push({ messages, resolve });
      this.#pump ??= this.#pumpQueue();
    });
  }

  async read(limits: ReadLimits): Promise<readonly SpoolRecord[]> {
    return await this.#readSerial(async () => await this.#opened?.reader.read(limits) ?? []);
  }

  rewind(): void {
    this.#opened?.reader.rewind();
  }

  acknowledge(positions: readonly SpoolPosition[]): void {
    const store = this.#opened?.store;
    if (store === undefined) return;
    let finished = false;
    for (const position of positions) finished = store.finish(position) !== null || finished;
    this.#unflushed += positions.length;
    this.#flushTimer ??= this.#flushSoon();
    if (finished || this.#unflushed >= ACKNOWLEDGE_BATCH) this.#flushNow.abort(new Error("the batch is full"));
  }

  async flush(): Promise<void> {
    await this.#serial(() => this.#writeAcknowledged());
  }

  status(): SpoolStatus {
    const store = this.#opened?.store;
    return {
      records: store?.records ?? 0,
      usedBytes: store?.usedBytes ?? 0,
      maxBytes: this.#options.maxBytes,
      fault: this.#fault,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#pump;
    this.#closing.abort(new Error("the spool is closed"));
    await this.#flushTimer;
    await this.flush();
    await this.#lockKeeper;
    await this.#readSerial(() => Promise.resolve());
    const opened = this.#opened;
    this.#opened = null;
    await this.#serial(async () => {
      await opened?.store.removeFinished(true);
      await opened?.store.close();
      await opened?.lock.release().catch(() => undefined);
    });
  }

  /** Serves the queue: whatever has come while a write was under way shares the next. */
  async #pumpQueue(): Promise<void> {
    // A turn of the loop first, so that calls made in the same turn share the first write too.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const group = this.#takeGroup();
      const outcome = await this.#serial(() => this.#appendGroup(group.flatMap(({ messages }) => messages)));
      this.#answer(group, outcome);
    }
    this.#pump = null;
  }

  #takeGroup(): Request[] {
    let bytes = 0;
    let count = 0;
    for (const { messages } of this.#queue) {
      if (count > 0 && bytes >= GROUP_BYTES) break;
      count++;
      for (const { body } of messages) bytes += body.length;
    }
    return this.#queue.splice(0, count);
  }

  /** Each caller gets the part that is its own; what was given up is told once. */
  #answer(group: readonly Request[], outcome: AppendOutcome): void {
    let start = 0;
    let evictions = outcome.evictions;
    for (const { messages, resolve } of group) {
      const end = start + messages.length;
      resolve(
        outcome.kind === "stored"
          ? { kind: "stored", positions: outcome.positions.slice(start, end), evictions }
          : { ...outcome, evictions },
      );
      start = end;
      evictions = [];
    }
  }

  async #appendGroup(messages: readonly SpoolMessage[]): Promise<AppendOutcome> {
    const { clock, dir, maxBytes } = this.#options;
    if (this.#fault !== null && clock.monotonic() < this.#retryAtMs) {
      return { kind: "degraded", fault: this.#fault, evictions: [] };
    }
    let evictions: readonly Eviction[] = [];
    try {
      const opened = this.#opened ?? await this.#reopen();
      if (opened === null) return { kind: "degraded", fault: this.#fault ?? closedFault(dir), evictions };
      const admission = await makeRoom(opened.store, messages, { maxBytes, nowMs: clock.now() });
      evictions = admission.evictions;
      const taken = admission.admitted.filter((message) => message !== null);
      const { positions, runs } = await opened.store.write(taken, clock.now());
      for (const run of runs) opened.reader.offer(run);
      this.#clearFault();
      let next = 0;
      return {
        kind: "stored",
        positions: admission.admitted.map((message) => message === null ? null : positions[next++] ?? null),
        evictions,
      };
    } catch (error) {
      // Files that hold nothing but what was delivered are the one thing that can be given back to a full disk.
      await this.#opened?.store.removeFinished(true);
      return { kind: "degraded", fault: this.#noteFault(`write to the spool ${dir}`, error), evictions };
    }
  }

  async #reopen(): Promise<Opened | null> {
    const found = await this.open();
    if ("records" in found) this.#options.onRecovered?.(found);
    return this.#opened;
  }

  async #flushSoon(): Promise<void> {
    const { clock, acknowledgeFlushMs = 100 } = this.#options;
    await clock.sleep(acknowledgeFlushMs, AbortSignal.any([this.#closing.signal, this.#flushNow.signal]))
      .catch(() => undefined);
    this.#flushNow = new AbortController();
    this.#flushTimer = null;
    await this.flush();
  }

  async #writeAcknowledged(): Promise<void> {
    this.#unflushed = 0;
    try {
      await this.#opened?.store.writeAcknowledged();
    } catch (error) {
      // What could not be written stays for the next time; at worst it is sent again with the same id.
      this.#log.debug("Cannot write acknowledgements", { error: errorMessage(error) });
    }
    await this.#opened?.store.removeFinished(false);
  }

  async #keepLock(lock: FolderLock): Promise<void> {
    const { clock, dir } = this.#options;
    const { signal } = this.#closing;
    while (true) {
      await clock.sleep(LOCK_TOUCH_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      if (await lock.touch()) continue;
      // From here on the files are another process's: nothing is read, removed or written until the lock is ours again.
      const opened = this.#opened;
      this.#opened = null;
      this.#noteFault(`use the spool ${dir}`, Object.assign(new Error("lock lost"), { code: "ELOCKLOST" }));
      await this.#serial(async () => await opened?.store.close());
      return;
    }
  }

  #noteFault(action: string, error: unknown): SpoolFault {
    const fault = error instanceof AgentError
      ? { code: "ELOCKED", message: error.message }
      : describeFault(action, error);
    this.#retryAtMs = this.#options.clock.monotonic() + backoffMs(this.#failures++, RETRY);
    if (this.#fault?.code !== fault.code) {
      this.#log.error("The spool is off: messages wait in memory only", { code: fault.code, reason: fault.message });
      this.#options.onFault?.(fault);
    }
    this.#fault = fault;
    return fault;
  }

  #clearFault(): void {
    if (this.#fault === null) return;
    this.#fault = null;
    this.#failures = 0;
    this.#log.info("The spool is on again", { dir: this.#options.dir });
    this.#options.onFault?.(null);
  }

  #readTrouble() {
    return {
      onDamaged: () => this.#options.onDamaged?.(1),
      onUnreadable: (segment: { readonly fileName: string }, error: unknown) =>
        this.#log.error("Cannot read a segment of the spool", {
          segment: segment.fileName,
          error: describeFault("read the spool", error).message,
        }),
    };
  }
}

const closedFault = (dir: string): SpoolFault => ({
  code: "CLOSED",
  message: `Cannot write to the spool ${dir}: it is closed; messages stay in memory`,
});
