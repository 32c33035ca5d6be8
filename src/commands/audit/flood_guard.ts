import type { AuditFields } from "./audit_line.ts";

interface FloodGuardOptions {
  readonly write: (fields: AuditFields) => Promise<unknown>;
  /** Milliseconds on a clock that never jumps. */
  readonly monotonic: () => number;
  /** Lines within one second that are written one by one. */
  readonly perSecond?: number;
}

/** Keeps a flood of messages that were not run from filling the log: they become one line a second with their number. */
interface FloodGuard {
  /** Writes the line, or counts it under `code`. Resolves at once for a line that is only counted. */
  note(fields: AuditFields, code: string): Promise<void>;
  /** Writes what was counted. */
  flush(): Promise<void>;
}

const PER_SECOND = 20;
const SECOND_MS = 1_000;

/**
 * Makes a guard. The first lines of each second stand in the log as they are; of the others the log has their number by
 * code and the time in which they came, once the second is over.
 */
export function createFloodGuard(options: FloodGuardOptions): FloodGuard {
  const { monotonic, perSecond = PER_SECOND, write } = options;
  let secondStartedMs = -Infinity;
  let written = 0;
  let counted: { total: number; readonly codes: Record<string, number>; readonly timer: Timer } | null = null;

  async function flush(): Promise<void> {
    if (counted === null) return;
    const { codes, timer, total } = counted;
    counted = null;
    clearTimeout(timer);
    await write({ event: "flood", lines: total, within_ms: Math.round(monotonic() - secondStartedMs), codes });
  }

  return {
    async note(fields, code) {
      const nowMs = monotonic();
      if (nowMs - secondStartedMs >= SECOND_MS && counted === null) {
        secondStartedMs = nowMs;
        written = 0;
      }
      if (written < perSecond) {
        written++;
        await write(fields);
        return;
      }
      counted ??= {
        total: 0,
        codes: {},
        timer: setTimeout(() => void flush(), Math.max(0, secondStartedMs + SECOND_MS - nowMs)),
      };
      counted.total++;
      counted.codes[code] = (counted.codes[code] ?? 0) + 1;
    },
    flush,
  };
}

type Timer = ReturnType<typeof setTimeout>;
