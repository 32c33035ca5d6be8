/** A hold on an id that was not seen before: whoever has it must call `settle` or `release`. */
export interface FirstClaim {
  readonly kind: "first";
  readonly settle: (body: Uint8Array) => void;
  readonly release: () => void;
}

/** What is known about a command's id. */
type Claim =
  | FirstClaim
  /** Seen with the same content: its answer, once there is one; `null` when it was released or is no longer kept. */
  | { readonly kind: "again"; readonly answer: Promise<Uint8Array | null> }
  /** Seen with another content. */
  | { readonly kind: "other" };

/** Remembers which commands ran, so that none runs twice, and what was answered, so that it can be said again. */
export interface ResultMemory {
  claim(id: string, digest: string): Claim;
  /** What ids and answers take together. */
  bytes(): number;
}

interface ResultMemoryOptions {
  readonly now: () => number;
  /** How long an id is remembered. Longer than a command's greatest age, so that no copy of one comes later. */
  readonly windowMs?: number;
  readonly idLimit?: number;
  /** Bytes of ids and answers together; past it the oldest answers are dropped and their ids kept. */
  readonly byteLimit?: number;
  /** Told of each answer that is dropped before its time. */
  readonly onDropped?: () => void;
}

interface Entry {
  readonly digest: string;
  readonly claimedAtMs: number;
  /** What copies wait for while the command runs; afterwards its answer, or `null` once that is no longer kept. */
  answer: PromiseWithResolvers<Uint8Array | null> | Uint8Array | null;
}

const WINDOW_MS = 10 * 60_000;
const ID_LIMIT = 20_000;
const BYTE_LIMIT = 16 * 1024 * 1024;
/** What an entry takes beside its texts and its answer, some of it in tables that grow by doubling. */
const ENTRY_BYTES = 160;

/** Makes an empty memory. It lives as long as the process: after a restart only the command's age speaks against a copy. */
export function createResultMemory(options: ResultMemoryOptions): ResultMemory {
  const { windowMs = WINDOW_MS, idLimit = ID_LIMIT, byteLimit = BYTE_LIMIT } = options;
  // A Map keeps the order of insertion: the first entry is the oldest.
  const entries = new Map<string, Entry>();
  /** Those whose answer is kept, by the time of the answer. */
  const answered = new Map<string, Entry>();
  let bytes = 0;

  function add(id: string, entry: Entry): void {
    entries.set(id, entry);
    bytes += ENTRY_BYTES + id.length + entry.digest.length;
  }

  function remove(id: string, entry: Entry): void {
    dropAnswer(id, entry);
    if (entries.delete(id)) bytes -= ENTRY_BYTES + id.length + entry.digest.length;
  }

  function dropAnswer(id: string, entry: Entry): void {
    if (!answered.delete(id) || !(entry.answer instanceof Uint8Array)) return;
    bytes -= entry.answer.length;
    entry.answer = null;
  }

  function forgetOld(): void {
    const oldestMs = options.now() - windowMs;
    for (const [id, entry] of entries) {
      if (entry.claimedAtMs > oldestMs && entries.size < idLimit) return;
      remove(id, entry);
    }
  }

  function settle(id: string, entry: Entry, body: Uint8Array): void {
    if (isPending(entry.answer)) entry.answer.resolve(body);
    // Forgotten while it ran: nobody can ask for it any more.
    if (entries.get(id) !== entry) return;
    entry.answer = body;
    answered.set(id, entry);
    bytes += body.length;
    for (const [oldId, old] of answered) {
      if (bytes <= byteLimit) return;
      dropAnswer(oldId, old);
      options.onDropped?.();
    }
  }

  return {
    bytes: () => bytes,
    claim(id, digest) {
      forgetOld();
      const known = entries.get(id);
      if (known !== undefined) {
        if (known.digest !== digest) return { kind: "other" };
        return {
          kind: "again",
          answer: isPending(known.answer) ? known.answer.promise : Promise.resolve(known.answer),
        };
      }
      const entry: Entry = { digest, claimedAtMs: options.now(), answer: Promise.withResolvers() };
      add(id, entry);
      return {
        kind: "first",
        settle: (body) => settle(id, entry, body),
        release() {
          if (isPending(entry.answer)) entry.answer.resolve(null);
          if (entries.get(id) === entry) remove(id, entry);
        },
      };
    },
  };
}

function isPending(answer: Entry["answer"]): answer is PromiseWithResolvers<Uint8Array | null> {
  return answer !== null && !(answer instanceof Uint8Array);
}
