import { dirname } from "node:path";
import { errorCode, errorMessage } from "../../lifecycle/errors.ts";
import { type AuditFile, openAuditFile } from "./audit_file.ts";
import { type AuditFields, CHAIN_START, type ChainHead, sealAuditLine } from "./audit_line.ts";
import { createFloodGuard } from "./flood_guard.ts";

/** One chain of audit lines. */
export interface AuditLog {
  /**
   * Adds a line; resolves to its number once it is on disk (or on the stream). Never rejects: a line that the file does not
   * take, or not in time, goes whole to the fallback, and this resolves to `null`. Lines that wait for the disk together
   * are written and synced together.
   */
  record(fields: AuditFields): Promise<number | null>;
  /** Adds a line about a message that was not run; a flood of them becomes one line a second. */
  recordNotRun(fields: AuditFields, code: string): Promise<void>;
  /** Whether lines are kept, and what to do if not. */
  condition(): { readonly ok: boolean; readonly detail: string };
  /** Waits for lines under way, within reason. */
  close(): Promise<void>;
}

interface AuditLogOptions {
  /** The file to append to; `null` writes to the fallback only, in a chain that begins anew with each start. */
  readonly path: string | null;
  /** Bytes of one file, and the number of files, the one that is written included. */
  readonly maxBytes?: number;
  readonly files?: number;
  /** How long a write may take before its lines go to the fallback. */
  readonly frozenMs?: number;
  /** Takes whole lines, newline included: standard error. */
  readonly fallback: (line: string) => void;
  readonly now: () => number;
  readonly onFailure: (error: unknown) => void;
}

/** The most that the defaults of the configuration let the log take: 128 MiB. */
const AUDIT_FILE_BYTES = 32 * 2 ** 20;
const AUDIT_FILES = 4;
const FROZEN_MS = 5_000;
/** How often a log that failed is tried again when no line comes. */
const RETRY_MS = 5_000;
/** A disk that hangs must not hold up the agent's end. */
const CLOSE_MS = 1_000;

/** A line that waits for the disk. */
interface Waiting {
  readonly fields: AuditFields;
  readonly settle: (seq: number | null) => void;
}

/** Opens the audit log and goes on with the chain that the file holds (see `openAuditFile`, whose errors these are). */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const { files = AUDIT_FILES, maxBytes = AUDIT_FILE_BYTES, now, path } = options;
  return createAuditLog(path === null ? null : await openAuditFile({ path, maxBytes, files, now }), options);
}

/**
 * The log over an opened file, or over the fallback alone. While a write fails or hangs, lines go to the fallback; the
 * first line after that says how many.
 */
export function createAuditLog(file: AuditFile | null, options: AuditLogOptions): AuditLog {
  const { fallback, now, path } = options;
  const frozenMs = options.frozenMs ?? FROZEN_MS;
  /** The chain of the stream, where there is no file. */
  let streamHead: ChainHead = { seq: 0, hash: CHAIN_START };
  let waiting: Waiting[] = [];
  let writing: Promise<void> | null = null;
  let failure: unknown = null;
  let isFrozen = false;
  /** Lines that went to the fallback since the last write that succeeded. */
  let elsewhere = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;

  const stamp = (fields: AuditFields): AuditFields => ({ time: new Date(now()).toISOString(), ...fields });

  /** Gives lines to the fallback. They are sealed as if they stood in the file: its chain goes on without them. */
  function spill(lines: readonly Waiting[]): void {
    elsewhere += lines.length;
    if (lines.length > 0) fallback(sealAll(lines.map(({ fields }) => fields), file?.head ?? streamHead).text);
    for (const { settle } of lines) settle(null);
  }

  async function writeBatch(target: AuditFile, batch: readonly Waiting[]): Promise<void> {
    const spilled = elsewhere;
    const note = spilled === 0 ? [] : [stamp({ event: "lines_elsewhere", lines: spilled })];
    const sealed = sealAll([...note, ...batch.map(({ fields }) => fields)], target.head);
    const firstSeq = target.head.seq + note.length + 1;
    const timer = setTimeout(() => {
      isFrozen = true;
      // They may still get into the file, when the disk wakes up: better twice than never.
      spill(batch);
      spill(waiting.splice(0));
    }, frozenMs);
    try {
      await target.append(sealed.text, sealed.head);
      elsewhere -= spilled + (isFrozen ? batch.length : 0);
      failure = null;
      batch.forEach(({ settle }, at) => settle(firstSeq + at));
    } catch (error) {
      // A log that is only tried again says nothing new.
      if (failure === null || batch.length > 0) options.onFailure(error);
      failure = error;
      if (!isFrozen) spill(batch);
    } finally {
      clearTimeout(timer);
      isFrozen = false;
    }
  }

  function writeStream(batch: readonly Waiting[]): void {
    const sealed = sealAll(batch.map(({ fields }) => fields), streamHead);
    const firstSeq = streamHead.seq + 1;
    fallback(sealed.text);
    streamHead = sealed.head;
    batch.forEach(({ settle }, at) => settle(firstSeq + at));
  }

  async function write(): Promise<void> {
    do {
      const batch = waiting;
      waiting = [];
      if (file === null) writeStream(batch);
      else await writeBatch(file, batch);
    } while (waiting.length > 0);
    writing = null;
    if (elsewhere > 0 && !isClosed) retry = setTimeout(startWriting, RETRY_MS);
  }

  function startWriting(): void {
    clearTimeout(retry);
    // Not at once: what comes in the same turn shares the write.
    writing ??= Promise.resolve().then(write);
  }

  function record(fields: AuditFields): Promise<number | null> {
    return new Promise((settle) => {
      const line = { fields: stamp(fields), settle };
      if (isFrozen) return spill([line]);
      waiting.push(line);
      startWriting();
    });
  }

  const guard = createFloodGuard({ write: record, monotonic: () => performance.now() });
  return {
    record,
    recordNotRun: guard.note,
    condition: () => conditionOf(path, isFrozen ? frozenMs : null, failure),
    async close() {
      await endsWithin(guard.flush(), CLOSE_MS);
      isClosed = true;
      clearTimeout(retry);
      if (await endsWithin(writing ?? Promise.resolve(), CLOSE_MS)) await file?.close();
    },
  };
}

function sealAll(lines: readonly AuditFields[], head: ChainHead): { readonly text: string; readonly head: ChainHead } {
  let next = head;
  let text = "";
  for (const fields of lines) {
    const sealed = sealAuditLine(fields, next);
    text += `${sealed.line}\n`;
    next = sealed.head;
  }
  return { text, head: next };
}

function conditionOf(path: string | null, frozenMs: number | null, failure: unknown) {
  if (path === null) return { ok: true, detail: "written to standard error" };
  if (frozenMs !== null) {
    return {
      ok: false,
      detail:
        `a write to ${path} has not ended for ${frozenMs / 1000} s, and no command runs without its line; look at ` +
        `the disk or the volume under ${dirname(path)}`,
    };
  }
  if (failure === null) return { ok: true, detail: `written to ${path}` };
  const isFull = ["ENOSPC", "EDQUOT", "EFBIG"].includes(errorCode(failure) ?? "");
  const remedy = isFull ? `free space in ${dirname(path)}` : `make ${path} and its folder writable for the agent`;
  return {
    ok: false,
    detail: `${path} can't be written (${errorMessage(failure)}), and no command runs without its line; ${remedy}`,
  };
}

/** Whether `work` ended within `limitMs`. */
async function endsWithin(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), limitMs);
  try {
    return await Promise.race([work.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
