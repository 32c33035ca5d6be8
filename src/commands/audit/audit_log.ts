import { hash } from "node:crypto";
import { type FileHandle, writeFile } from "node:fs/promises";
import { AgentError, errorMessage } from "../../lifecycle/errors.ts";
import { openNoFollow } from "../../state/plain_file.ts";
import {
  type AuditFields,
  CHAIN_START,
  type ChainHead,
  LINE_LIMIT_BYTES,
  readAuditLine,
  sealAuditLine,
} from "./audit_line.ts";

/** One chain of audit lines. */
export interface AuditLog {
  /**
   * Adds a line; resolves once it is on disk (or on the stream). Never rejects: a line that the file does not take goes to
   * the fallback, complete, and `onFailure` is told. Lines that wait for the disk together are written and synced together.
   */
  record(fields: AuditFields): Promise<void>;
  /** Waits for lines under way. */
  close(): Promise<void>;
}

export interface AuditLogOptions {
  /** The file to append to; `null` writes to the fallback only, in a chain that begins anew with each start. */
  readonly path: string | null;
  /** Takes whole lines, newline included: standard error. */
  readonly fallback: (line: string) => void;
  readonly now: () => number;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Opens the audit log and goes on with the chain that the file holds. Half a line at its end, left by a crash, is moved
 * into a file beside it, and a line of the chain says so. Throws an `AgentError` when the file can't be opened, or when
 * its last whole line is not one of ours: writing on would hide that somebody changed it.
 */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const { path, fallback, now } = options;
  const file = path === null ? null : await openChain(path, now);
  let head = file?.head ?? { seq: 0, hash: CHAIN_START };
  let size = file?.size ?? 0;
  let waiting: AuditFields[] = [];
  let flushed: Promise<void> | null = null;

  const seal = (batch: readonly AuditFields[]): { text: string; head: ChainHead } => {
    let next = head;
    let text = "";
    for (const fields of batch) {
      const sealed = sealAuditLine(fields, next);
      text += `${sealed.line}\n`;
      next = sealed.head;
    }
    return { text, head: next };
  };
  const flush = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    flushed = null;
    const sealed = seal(batch);
    if (file === null) {
      fallback(sealed.text);
      head = sealed.head;
      return;
    }
    try {
      await file.handle.appendFile(sealed.text);
      await file.handle.datasync();
      size += sealed.text.length; // ASCII only
      head = sealed.head;
    } catch (error) {
      options.onFailure(error);
      // A part may have been written: without it the file still ends in a whole line, and the chain goes on from there.
      await file.handle.truncate(size).catch(() => {});
      fallback(sealed.text);
    }
  };
  let last: Promise<void> = Promise.resolve();
  return {
    record(fields) {
      waiting.push({ time: new Date(now()).toISOString(), ...fields });
      // Everything that comes while the disk is busy joins the next write.
      if (flushed === null) last = flushed = last.then(flush);
      return flushed;
    },
    async close() {
      await last;
      await file?.handle.close();
    },
  };
}

interface OpenChain {
  readonly handle: FileHandle;
  readonly head: ChainHead;
  readonly size: number;
}

async function openChain(path: string, now: () => number): Promise<OpenChain> {
  let handle: FileHandle;
  try {
    handle = await openNoFollow(path, "append");
  } catch (error) {
    if (error instanceof AgentError) throw error;
    throw new AgentError(
      "bad_configuration",
      `Cannot open the audit log ${path}: ${errorMessage(error)}; name a file that the agent may write`,
      { cause: error },
    );
  }
  try {
    return await continueChain(handle, path, now);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function continueChain(handle: FileHandle, path: string, now: () => number): Promise<OpenChain> {
  const { size: bytes } = await handle.stat();
  const tailBytes = Math.min(bytes, 2 * LINE_LIMIT_BYTES);
  const tail = new Uint8Array(tailBytes);
  await handle.read(tail, 0, tailBytes, bytes - tailBytes);
  const end = tail.lastIndexOf(0x0a) + 1;
  const head = lastHead(tail.subarray(0, end), path);
  if (end === tailBytes) return { handle, head, size: bytes };

  const torn = tail.subarray(end);
  const aside = `${path}.torn-${new Date(now()).toISOString().replace(/[:.]/g, "-")}`;
  await writeFile(aside, torn, { mode: 0o600, flag: "wx" });
  const size = bytes - torn.length;
  await handle.truncate(size);
  const marker = sealAuditLine({
    time: new Date(now()).toISOString(),
    event: "torn_line",
    bytes: torn.length,
    sha256: hash("sha256", torn, "hex"),
    moved_to: aside,
  }, head);
  await handle.appendFile(`${marker.line}\n`);
  await handle.datasync();
  return { handle, head: marker.head, size: size + marker.line.length + 1 };
}

function lastHead(wholeLines: Uint8Array, path: string): ChainHead {
  if (wholeLines.length === 0) return { seq: 0, hash: CHAIN_START };
  const text = new TextDecoder().decode(wholeLines.subarray(0, -1));
  const read = readAuditLine(text.slice(text.lastIndexOf("\n") + 1));
  if (read !== null) return { seq: read.seq, hash: read.hash };
  throw new AgentError(
    "bad_configuration",
    `Cannot go on with the audit log ${path}: its last line is not as the agent wrote it; look at it with ` +
      `"agent audit verify ${path}", then move it away`,
  );
}
