/** A hold on an id that was not seen before: whoever has it must call `settle` or `release`. */
export interface FirstClaim {
  readonly kind: "first";
  readonly settle: (body: Uint8Array) => void;
  readonly release: () => void;
}

/** What is known about a command's id. */
export type Claim =
  | FirstClaim
  /** Seen with the same content: its answer, once there is one; `null` when it was released or is no longer kept. */
  | { readonly kind: "again"; readonly answer: Promise<Uint8Array | null> }
  /** Seen with another content. */
  | { readonly kind: "other" };

/** Remembers which commands ran, so that none runs twice, and what was answered, so that it can be said again. */
export interface ResultMemory {
  claim(id: string, digest: string): Claim;
}

export interface ResultMemoryOptions {
  readonly now: () => number;
  /** How long an id is remembered. Longer than a command's greatest age, so that no copy of one comes later. */
  readonly windowMs?: number;
  readonly idLimit?: number;
  /** Bytes of answers; past it the oldest are dropped and their ids kept. */
  readonly byteLimit?: number;
}

interface Entry {
  readonly digest: string;
  readonly claimedAtMs: number;
  readonly answer: PromiseWithResolvers<Uint8Array | null>;
  /** 0 while it runs, and again once its answer was dropped. */
  bytes: number;
  dropped: boolean;
}

const WINDOW_MS = 10 * 60_000;
const ID_LIMIT = 20_000;
const BYTE_LIMIT = 16 * 1024 * 1024;

/** Makes an empty memory. It lives as long as the process: after a restart only the command's age speaks against a copy. */
export function createResultMemory(options: ResultMemoryOptions): ResultMemory {
  const { windowMs = WINDOW_MS, idLimit = ID_LIMIT, byteLimit = BYTE_LIMIT } = options;
  // A Map keeps the order of insertion: the first entry is the oldest.
  const entries = new Map<string, Entry>();
  const settled = new Map<string, Entry>();
  let bytes = 0;

  const dropAnswer = (id: string, entry: Entry): void => {
    settled.delete(id);
    bytes -= entry.bytes;
    entry.bytes = 0;
    entry.dropped = true;
  };
  const forgetOld = (): void => {
    const oldestMs = options.now() - windowMs;
    for (const [id, entry] of entries) {
      if (entry.claimedAtMs > oldestMs && entries.size < idLimit) return;
      dropAnswer(id, entry);
      entries.delete(id);
    }
  };
  return {
    claim(id, digest) {
      forgetOld();
      const known = entries.get(id);
      if (known !== undefined) {
        if (known.digest !== digest) return { kind: "other" };
        return { kind: "again", answer: known.dropped ? Promise.resolve(null) : known.answer.promise };
      }
      const entry: Entry = {
        digest,
        claimedAtMs: options.now(),
        answer: Promise.withResolvers(),
        bytes: 0,
        dropped: false,
      };
      entries.set(id, entry);
      return {
        kind: "first",
        settle(body) {
          entry.answer.resolve(body);
          if (entries.get(id) !== entry) return;
          entry.bytes = body.length;
          bytes += body.length;
          settled.set(id, entry);
          for (const [oldId, old] of settled) {
            if (bytes <= byteLimit) break;
            // A fresh entry lets go of the bytes that the old one's promise holds.
            dropAnswer(oldId, old);
            entries.set(oldId, { ...old, answer: Promise.withResolvers() });
          }
        },
        release() {
          entry.answer.resolve(null);
          if (entries.get(id) === entry) entries.delete(id);
        },
      };
    },
  };
}
